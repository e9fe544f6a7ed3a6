"""Counts events by type and outcome: for the API, and for whatever collects OpenTelemetry metrics."""

from shared import metrics
from shared.events import Event
from shared.metering import measure
from shared.ports import Desk

RESOLVED, ESCALATED = "helpdesk.ticket.resolved", "helpdesk.ticket.escalated"


async def subscribe_metrics(event: Event, desk: Desk) -> None:
    said = (event.data.get(name) for name in ("outcome", "answered_by", "route", "workflow"))
    outcome = str(next(filter(None, said), "none"))
    if await desk.counters.count(event.id, event.type, outcome):
        measure(metrics.EVENTS, type=event.type, outcome=outcome)
        _measure_ticket(event)


def _measure_ticket(event: Event) -> None:
    """A ticket is escalated once, however many rungs it climbs, and breaks each promise once."""
    data = event.data
    category, priority, route = data.get("category"), data.get("priority"), data.get("route")
    if event.type == RESOLVED:
        outcome = route if route == "not_a_ticket" else f"resolved_by_{data.get('answered_by')}"
        measure(metrics.TICKETS, outcome=outcome, category=category, priority=priority, route=route)
        for clock in data.get("breached") or ():
            measure(metrics.SLA_BREACHES, clock=clock, priority=priority)
    elif event.type == ESCALATED and data.get("handed_over"):
        measure(metrics.ESCALATIONS, category=category, priority=priority, route=route)
