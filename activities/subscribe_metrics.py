"""Counts events by type and outcome: for the API, and for whatever collects OpenTelemetry metrics."""

from functools import cache
from typing import Any

from shared.desk import Event
from shared.ports import Desk


async def subscribe_metrics(event: Event, desk: Desk) -> None:
    said = (event.data.get(name) for name in ("outcome", "answered_by", "route", "workflow"))
    outcome = str(next(filter(None, said), "none"))
    if await desk.counters.count(event.id, event.type, outcome):
        _counter().add(1, {"type": event.type, "outcome": outcome})


@cache
def _counter() -> Any:
    from opentelemetry.metrics import get_meter

    return get_meter("helpdesk").create_counter("helpdesk.events", description="events by type and outcome")
