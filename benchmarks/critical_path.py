"""How long a ticket takes beside the time its model calls must take one after another."""

import time
from collections.abc import Generator, Mapping
from datetime import datetime
from statistics import median
from typing import Any

import httpx

from benchmarks.desks import thinking_desk
from benchmarks.model_server import DELAY_S
from tests.stack.collector import collecting

RUNS = 12
CALLS_IN_A_ROW = {"simple": 3, "complex": 4}
"""Triage, resolver, reviewer; for a complex ticket the specialists come between, side by side."""


def measure() -> Generator[dict[str, Any]]:
    """Seconds from the door to resolved, one ticket at a time, without and with telemetry exported."""
    yield from ({"telemetry": False, **line} for line in _each_kind({}))
    with collecting() as collector:
        yield from ({"telemetry": True, **line} for line in _each_kind({"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}))


def _each_kind(settings: Mapping[str, str]) -> list[dict[str, Any]]:
    with thinking_desk(settings) as (_, api, _model):
        for kind in CALLS_IN_A_ROW:
            _ticket(api, kind)
        return [_compare(api, kind) for kind in CALLS_IN_A_ROW]


def _compare(api: httpx.Client, kind: str) -> dict[str, Any]:
    """The best says what the desk can do, the median what it does on this machine just now."""
    taken = [_ticket(api, kind) for _ in range(RUNS)]
    ideal = CALLS_IN_A_ROW[kind] * DELAY_S
    best, middle = min(taken), median(taken)
    return {
        "ticket": kind, "ideal_s": round(ideal, 1), "best_s": round(best, 3), "median_s": round(middle, 3),
        "best_ratio": round(best / ideal, 2), "median_ratio": round(middle / ideal, 2),
    }  # fmt: skip


def _ticket(api: httpx.Client, kind: str) -> float:
    body = {"subject": f"A {kind} matter", "description": "The VPN drops.", "requester": {"id": "u-1002"}}
    ticket = api.post("/tickets", json=body).raise_for_status().json()["id"]
    deadline = time.monotonic() + 30
    time.sleep(CALLS_IN_A_ROW[kind] * DELAY_S)  # looked at meanwhile, it would be slowed down by whoever measures it
    while time.monotonic() < deadline:
        shown = api.get(f"/tickets/{ticket}").json()
        if shown["status"] == "resolved":
            began, ended = (datetime.fromisoformat(shown[name]) for name in ("created_at", "resolved_at"))
            return (ended - began).total_seconds()
        time.sleep(0.1)
    raise TimeoutError(kind)
