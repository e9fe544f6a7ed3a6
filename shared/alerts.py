"""Alerts: what is wrong with the desk now, raised and cleared with hysteresis, one open for a rule and its subject."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

from pydantic import Field, StringConstraints

from shared.model import Model
from shared.tickets import Text

Severity = Literal["info", "warning", "critical"]
AlertState = Literal["open", "acknowledged", "cleared"]
Change = Literal["raised", "acknowledged", "cleared"]
DeliveryState = Literal["pending", "delivered", "refused", "expired"]

SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
EVENTS = "events"
"""The channel that is always there: subscribers hear of alerts as they hear of tickets."""
ITSELF = "itself"
"""Who cleared an alert whose cause has gone."""


class Rule(Model):
    """Raised at `raise_at` or above for so long, cleared at `clear_at` or below for so long.

    Between the two levels nothing changes, so a value that trembles about a level raises one alert and not ten.
    `source` is what its metric is read from: while that is down nothing is known, so nothing changes.
    """

    name: str
    metric: str
    source: str
    severity: Severity
    raise_at: float
    clear_at: float
    raise_after_s: float = 0
    clear_after_s: float = 120
    says: str
    """What is wrong, with `{value}`, `{limit}` and `{subject}` filled in."""
    advice: str


class Observation(Model):
    rule: Rule
    subject: str
    value: float


class Watched(Model):
    """What must be remembered of a rule and its subject between two looks.

    `muted`: a person cleared it while it lasted; it is raised again only after it has once been calm.
    """

    over_since: datetime | None = None
    calm_since: datetime | None = None
    muted: bool = False


class Alert(Model):
    """`version` counts what people see happen to it; `value` and `peak` may change without it."""

    id: str
    rule: str
    subject: str
    severity: Severity
    state: AlertState = "open"
    version: int = 1
    text: str
    advice: str
    metric: str
    value: float
    peak: float
    raise_at: float
    clear_at: float
    raised_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    cleared_at: datetime | None = None
    cleared_by: str | None = None
    note: str | None = None


class Handling(Model):
    """Body of POST /alerts/{id}/acknowledge and /clear."""

    by: Annotated[Text, StringConstraints(max_length=200)]
    note: Annotated[str, StringConstraints(max_length=5_000)] | None = None


class Notice(Model):
    """What a channel is told: an alert as it was when this happened to it. A repeat has the same id."""

    id: str
    change: Change
    at: datetime
    alert: Alert


class Delivery(Model):
    """A notice on its way to one channel."""

    id: str
    channel: str
    notice: Notice
    state: DeliveryState = "pending"
    attempts: int = 0
    next_at: datetime
    expires_at: datetime
    error: str | None = None


class ChannelChoice(Model):
    name: str
    least: Severity = "info"

    def __str__(self) -> str:
        """As it is written in the environment."""
        return self.name if self.least == "info" else f"{self.name}:{self.least}"

    def hears_of(self, severity: Severity) -> bool:
        return SEVERITIES.index(severity) >= SEVERITIES.index(self.least)


class DeliveryPlan(Model):
    """Who is told, and for how long it is tried."""

    channels: tuple[ChannelChoice, ...]
    expires_after: timedelta


class AlertQuery(Model):
    tenant: str
    state: tuple[AlertState, ...] = ()
    limit: Annotated[int, Field(ge=1)] = 50
    cursor: str | None = None


class AlertPage(Model):
    items: tuple[Alert, ...]
    next_cursor: str | None = None


class Channel(Protocol):
    """Tells people of alerts. Raises Transient where another try may help, Permanent where none does."""

    async def send(self, notice: Notice) -> None: ...


class Alerts(Protocol):
    """Alerts and their way to the channels: a change and its deliveries are kept together or not at all.

    Raises Unavailable when it is down.
    """

    async def observe(
        self, tenant: str, seen: Sequence[Observation], at: datetime, plan: DeliveryPlan
    ) -> tuple[Notice, ...]:
        """Judge what was seen; gives what was raised or cleared by it. Looks at the same moment count as one."""
        ...

    async def handle(
        self, tenant: str, alert_id: str, change: Change, handling: Handling, at: datetime, plan: DeliveryPlan,
        version: int | None = None,
    ) -> Alert:  # fmt: skip
        """Let a person acknowledge or clear an alert. Raises Conflict where that is done already, or where `version`
        is given and is not the alert's; LookupError where there is no such alert."""
        ...

    async def get(self, tenant: str, alert_id: str) -> Alert | None: ...

    async def find(self, query: AlertQuery) -> AlertPage:
        """The one raised last first. Raises InvalidCursor."""
        ...

    async def subjects(self, tenant: str) -> frozenset[tuple[str, str]]:
        """Every rule and subject that was ever seen."""
        ...

    async def deliveries(self, alert_id: str) -> tuple[Delivery, ...]:
        """All of an alert, oldest first."""
        ...

    async def take_due(self, at: datetime, limit: int) -> tuple[Delivery, ...]:
        """Deliveries whose time has come, those of one alert to one channel in their order; whoever takes one has it
        for a minute. What came too late for its expiry is marked so and not given."""
        ...

    async def note(self, delivery: Delivery) -> None:
        """Keep how an attempt ended."""
        ...


def judged(rule: Rule, before: Watched, is_open: bool, value: float, at: datetime) -> tuple[Watched, Change | None]:
    """What one look changes: raised, cleared, or nothing yet."""
    if is_open:
        if value > rule.clear_at:
            return Watched(), None
        since = before.calm_since or at
        cleared = (at - since).total_seconds() >= rule.clear_after_s
        return (Watched(), "cleared") if cleared else (Watched(calm_since=since), None)
    if value < rule.raise_at:
        return Watched(muted=before.muted and value > rule.clear_at), None
    if before.muted:
        return before, None
    since = before.over_since or at
    raised = (at - since).total_seconds() >= rule.raise_after_s
    return (Watched(), "raised") if raised else (Watched(over_since=since), None)


def raised(alert_id: str, seen: Observation, at: datetime) -> Alert:
    rule = seen.rule
    return Alert(
        id=alert_id,
        rule=rule.name,
        subject=seen.subject,
        severity=rule.severity,
        text=in_words(seen),
        advice=rule.advice,
        metric=rule.metric,
        value=seen.value,
        peak=seen.value,
        raise_at=rule.raise_at,
        clear_at=rule.clear_at,
        raised_at=at,
    )


def in_words(seen: Observation) -> str:
    return seen.rule.says.format(value=_number(seen.value), limit=_number(seen.rule.raise_at), subject=seen.subject)


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
