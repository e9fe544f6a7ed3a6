"""How the desk stands at a moment: the value of every gauge, for telemetry, alerts and the dashboard alike."""

from datetime import datetime

from shared.metrics import Metric
from shared.model import Model
from shared.sla import Clocks
from shared.tickets import Priority, Status

OPEN_STATUSES: tuple[Status, ...] = ("new", "in_progress", "waiting_for_requester", "escalated")


class Backlog(Model):
    """What waits in a line, about; `oldest_at` is None where nothing does, or what is there cannot be seen now."""

    count: int
    oldest_at: datetime | None = None


class OpenTicket(Model):
    """So much of a ticket as its clocks need."""

    id: str
    status: Status
    priority: Priority | None = None
    clocks: Clocks
    escalated_at: datetime | None = None


class Standing(Model):
    """`decided` counts what people decided on what the desk had proposed."""

    open: tuple[OpenTicket, ...]
    decided: dict[str, int]


class Reading(Model):
    metric: str
    value: float
    attributes: dict[str, str] = {}


class Readings(Model):
    """`unread` says why a source could not be read; its metrics are then missing, never zero."""

    at: datetime
    values: tuple[Reading, ...]
    unread: dict[str, str] = {}

    def of(self, metric: Metric) -> tuple[Reading, ...]:
        """One for each set of attributes; none where nothing is known."""
        return tuple(reading for reading in self.values if reading.metric == metric.name)
