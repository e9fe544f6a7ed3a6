"""How long a fan-out takes beside its slowest branch, and how its history and the host's memory grow with its width."""

import os
import time
import uuid
from datetime import datetime
from typing import Any

import httpx

from benchmarks.desks import thinking_desk
from benchmarks.model_server import DELAY_S
from benchmarks.processes import used
from samples.stack import REPOSITORY
from shared.settings import read

APP = REPOSITORY / "benchmarks" / "fan_out_app"
WIDTHS = (4, 16, 64)
ROUTES = ("bare", "pattern", "agents")
"""Plain when_all; the desk's pattern and edge around a wait; the same around an agent on the OpenAI wire."""
RUNS = 4
PATIENCE_S = 60.0


def measure() -> list[dict[str, Any]]:
    """The best of several runs, one route after the other, each width in turn."""
    settings = {"PYTHONPATH": os.pathsep.join((str(APP), str(REPOSITORY)))}
    policy = read({}).policy.model_dump(mode="json")
    with thinking_desk(settings, APP) as (desk, _, _model), httpx.Client(base_url=desk.url, timeout=60) as api:
        _run(api, "agents", 8, policy)
        return [_best(api, route, width, policy, desk.process.pid) for route in ROUTES for width in WIDTHS]


def _best(api: httpx.Client, route: str, width: int, policy: Any, pid: int) -> dict[str, Any]:
    took_s, history = min((_run(api, route, width, policy) for _ in range(RUNS)), key=lambda run: run[0])
    return {
        "route": route, "width": width, "ideal_s": DELAY_S, "best_s": round(took_s, 3),
        "ratio": round(took_s / DELAY_S, 2), "events": len(history), "bytes": sum(map(len, map(str, history))),
        "host_mb": round(used(pid)["host"].resident_mb, 1),
    }  # fmt: skip


def _run(api: httpx.Client, route: str, width: int, policy: Any) -> tuple[float, list[dict[str, Any]]]:
    """Seconds from the start of the instance to its end, by its own history, and that history."""
    instance = f"{route}-{width}-{uuid.uuid4().hex}"
    path = f"/runtime/webhooks/durabletask/orchestrators/{route}/{instance}"
    api.post(path, json={"width": width, "run": instance, "policy": policy}).raise_for_status()
    deadline = time.monotonic() + PATIENCE_S
    status = f"/runtime/webhooks/durabletask/instances/{instance}"
    while True:
        time.sleep(0.6)  # looked at too often, it would be slowed down by whoever measures it
        shown = api.get(status, params={"showHistory": "true", "showHistoryOutput": "true"}).json()
        if shown["runtimeStatus"] == "Completed" and shown["output"] == width:
            break
        if time.monotonic() > deadline or shown["runtimeStatus"] == "Failed":
            raise RuntimeError(shown)
    history = shown["historyEvents"]
    times = [event["Timestamp"] for event in history if "Timestamp" in event]
    return _seconds(times[0], times[-1]), history


def _seconds(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
