"""Ticket documents for tests, complete but for what a test says."""

from datetime import UTC, datetime
from typing import Any

from shared.desk import TicketDocument
from shared.sla import Clock, Clocks
from shared.tickets import Requester

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def ticket_document(**changes: Any) -> TicketDocument:
    clock = Clock(started_at=NOON, target_s=3600, business_hours=True)
    values: dict[str, Any] = {
        "id": "t-1",
        "tenant": "acme",
        "episode": 1,
        "version": 1,
        "status": "in_progress",
        "subject": "Printer on floor 3 is offline",
        "requester": Requester(id="u-1"),
        "channel": "http",
        "clocks": Clocks(first_response=clock, resolution=clock),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return TicketDocument(**(values | changes))
