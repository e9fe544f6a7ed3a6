"""How long a ticket takes beside the time its model calls must take one after another."""

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.model_server import DELAY_S, model_server
from samples.stack import start

RUNS = 10
CALLS_IN_A_ROW = {"simple": 3, "complex": 4}
"""Triage, resolver, reviewer; for a complex ticket the specialists come between, side by side."""


def measure(settings: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Median seconds from the door to resolved, one ticket at a time, with a model of 200 ms."""
    with model_server() as url, TemporaryDirectory() as folder:
        model = {"MODEL_PROVIDER": "openai", "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "OPENAI_MODEL": "fixed"}
        model["CACHE_TTL_S"] = "0"  # the tickets are alike, and every one of their calls is to be made
        desk = start(Path(folder), {**model, **(settings or {})})
        try:
            with httpx.Client(base_url=f"{desk.url}/api", timeout=30) as api:
                _ticket(api, "simple")
                return [_compare(api, kind) for kind in CALLS_IN_A_ROW]
        finally:
            desk.stop()


def _compare(api: httpx.Client, kind: str) -> dict[str, Any]:
    taken = median(_ticket(api, kind) for _ in range(RUNS))
    ideal = CALLS_IN_A_ROW[kind] * DELAY_S
    return {"ticket": kind, "ideal_s": ideal, "median_s": round(taken, 3), "ratio": round(taken / ideal, 2)}


def _ticket(api: httpx.Client, kind: str) -> float:
    body = {"subject": f"A {kind} matter", "description": "The VPN drops.", "requester": {"id": "u-1002"}}
    ticket = api.post("/tickets", json=body).raise_for_status().json()["id"]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        shown = api.get(f"/tickets/{ticket}").json()
        if shown["status"] == "resolved":
            began, ended = (datetime.fromisoformat(shown[name]) for name in ("created_at", "resolved_at"))
            return (ended - began).total_seconds()
        time.sleep(0.05)
    raise TimeoutError(kind)
