"""What a cold start pays for importing the app, beside a bare one on the same machine in the same minute."""

import compileall
import subprocess
import sys
import sysconfig
from statistics import median

from samples.stack import REPOSITORY

RUNS = 9
SCRIPT = "import time; began = time.perf_counter(); import {}; print((time.perf_counter() - began) * 1000)"


def measure() -> dict[str, float]:
    """Medians in ms over fresh processes, the two in turn, with bytecode compiled before."""
    compileall.compile_dir(REPOSITORY, maxlevels=2, quiet=2)
    site = sysconfig.get_paths()["purelib"]
    for package in ("azure", "durabletask", "grpc", "pydantic", "google", "werkzeug"):
        compileall.compile_dir(f"{site}/{package}", quiet=2)
    times: dict[str, list[float]] = {"function_app": [], "benchmarks.bare_app": []}
    for _ in range(RUNS):
        for module, taken in times.items():
            script = [sys.executable, "-c", SCRIPT.format(module)]
            done = subprocess.run(script, cwd=REPOSITORY, check=True, capture_output=True)
            taken.append(float(done.stdout))
    ours, bare = median(times["function_app"]), median(times["benchmarks.bare_app"])
    return {"function_app_ms": round(ours), "bare_app_ms": round(bare), "ratio": round(ours / bare, 2)}
