"""What a look or a person changes in an alert, and who is to be told: the rules that every store of alerts keeps."""

from datetime import datetime
from typing import Any, NamedTuple

from shared import alerts
from shared.alerts import Alert, Change, Delivery, DeliveryPlan, Handling, Notice, Observation, Watched
from shared.errors import Conflict


class Looked(NamedTuple):
    """`alert` is the open or just cleared one, if any."""

    watched: Watched
    alert: Alert | None
    change: Change | None


def looked(before: Watched, alert: Alert | None, seen: Observation, at: datetime, new_id: str) -> Looked:
    """What one look changes; a new alert gets `new_id`."""
    after, change = alerts.judged(seen.rule, before, alert is not None, seen.value, at)
    if alert is not None:
        alert = alert.model_copy(update={"value": seen.value, "peak": max(alert.peak, seen.value)})
    if change == "raised":
        alert = alerts.raised(new_id, seen, at)
    elif change == "cleared" and alert is not None:
        alert = _changed(alert, "cleared", {"cleared_by": alerts.ITSELF, "cleared_at": at})
    return Looked(after, alert, change)


def handled(alert: Alert, change: Change, handling: Handling, at: datetime, version: int | None) -> Alert:
    """Raises Conflict where that is done already, or `version` is not the alert's."""
    by = alert.cleared_by if alert.state == "cleared" else alert.acknowledged_by
    if version is not None and version != alert.version:
        raise Conflict(f"the alert has changed since you read it: it is {alert.state}")
    if alert.state == "cleared" or (alert.state == "acknowledged" and change == "acknowledged"):
        raise Conflict(f"the alert is {alert.state} already, by {by}")
    update = {f"{change}_by": handling.by, f"{change}_at": at, "note": handling.note or alert.note}
    return _changed(alert, change, update)


def told(alert: Alert, change: Change, at: datetime, plan: DeliveryPlan) -> tuple[Notice, tuple[Delivery, ...]]:
    """The notice of a change, and its way to each channel that hears of it."""
    notice = Notice(id=f"{alert.id}-{alert.version}", change=change, at=at, alert=alert)
    chosen = [choice.name for choice in plan.channels if choice.hears_of(alert.severity)]
    expires_at = at + plan.expires_after
    return notice, tuple(
        Delivery(id=f"{notice.id}-{channel}", channel=channel, notice=notice, next_at=at, expires_at=expires_at)
        for channel in (alerts.EVENTS, *chosen)
    )


def _changed(alert: Alert, change: Change, update: dict[str, Any]) -> Alert:
    return alert.model_copy(update=update | {"state": change, "version": alert.version + 1})
