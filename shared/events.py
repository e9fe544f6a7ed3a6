"""What is told about a ticket: events to subscribers, notifications to people."""

from datetime import datetime
from typing import Any, Literal

from shared.model import Model


class Notification(Model):
    """Something a person should know. `id` lets the receiver drop a repeat."""

    id: str
    event: Literal[
        "escalated",
        "rung",
        "breached",
        "reminder",
        "reassigned",
        "approved_once",
        "approval_expired",
        "decided",
        "replied",
        "closed",
        "handed_over",
        "threshold_crossed",
        "watch_alert",
    ]
    ticket_id: str
    subject: str
    to: str
    text: str
    at: datetime
    escalation_id: str | None = None
    action_hash: str | None = None


class Event(Model):
    """A CloudEvent 1.0 about a ticket or task; `data` holds small facts, never anybody's text.

    The last three attributes are extensions; an event that has expired is of no use to anybody.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any] = {}
    traceparent: str | None = None
    correlationid: str | None = None
    expirytime: datetime | None = None

    def structured(self) -> dict[str, Any]:
        """The event in the structured JSON form, in which an attribute that is not set is left out."""
        return {name: value for name, value in self.model_dump(mode="json").items() if value is not None}
