"""What a cold start pays for importing the app, beside a bare one on the same machine in the same minute."""

import compileall
import os
import subprocess
import sys
import sysconfig
from statistics import median
from tempfile import TemporaryDirectory

from samples.stack import REPOSITORY

RUNS = 7
RUNS_WITHOUT = 3
OURS, BARE = "function_app", "benchmarks.bare_app"
SCRIPT = "import time; began = time.perf_counter(); import {}; print((time.perf_counter() - began) * 1000)"


def measure() -> list[dict[str, float]]:
    """Medians in ms over fresh processes, the two in turn; then the app without bytecode, as if nobody had compiled."""
    compileall.compile_dir(REPOSITORY, maxlevels=2, quiet=2)
    site = sysconfig.get_paths()["purelib"]
    for package in ("azure", "durabletask", "grpc", "pydantic", "google", "werkzeug"):
        compileall.compile_dir(f"{site}/{package}", quiet=2)
    times: dict[str, list[float]] = {OURS: [], BARE: []}
    for _ in range(RUNS):
        for module, taken in times.items():
            taken.append(_import_ms(module))
    ours, bare = median(times[OURS]), median(times[BARE])
    with TemporaryDirectory() as nothing:
        without = {"PYTHONPYCACHEPREFIX": nothing, "PYTHONDONTWRITEBYTECODE": "1"}
        uncompiled = median(_import_ms(OURS, without) for _ in range(RUNS_WITHOUT))
    return [{
        "function_app_ms": round(ours), "bare_app_ms": round(bare), "ratio": round(ours / bare, 2),
        "without_bytecode_ms": round(uncompiled), "without_bytecode_ratio": round(uncompiled / ours, 2),
    }]  # fmt: skip


def _import_ms(module: str, environment: dict[str, str] | None = None) -> float:
    script = [sys.executable, "-c", SCRIPT.format(module)]
    settings = {**os.environ, **(environment or {})}
    return float(subprocess.run(script, cwd=REPOSITORY, env=settings, check=True, capture_output=True).stdout)
