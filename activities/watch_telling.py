"""Who hears of a cycle: subscribers of what crossed a threshold or was skipped, people also of what is critical."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from activities.watch_folder import kept
from activities.watch_output import ALERTS
from shared.events import Event, Notification
from shared.exchanged import Done
from shared.ports import Desk
from shared.watch import AlertList
from shared.watch_cycles import Crossed, CycleRecord, CycleTold

EVENT_SOURCE = "/helpdesk/watch"
TEAM = "service-desk"
MOST_TITLES = 5


async def tell_of_skipped(record: CycleRecord, tenant: str, desk: Desk) -> None:
    data = {"tenant": tenant, "reason": record.reason}
    await desk.events.publish(_event(record.cycle_id, "skipped", record.cycle_id, record.started_at, data))


async def tell_of_cycle(told: CycleTold, desk: Desk) -> Done:
    """The same events and notifications under the same ids however often. Raises Transient."""
    record, at = told.record, told.at
    for crossed in record.crossed:
        identity = f"{record.cycle_id}-{crossed.threshold}"
        data = {"tenant": told.tenant} | crossed.model_dump(mode="json")
        await desk.events.publish(_event(identity, "threshold_crossed", record.cycle_id, at, data))
        await desk.notifier.notify(_notification(identity, "threshold_crossed", record.cycle_id, _words(crossed), at))
    alerts = await kept(record.cycle_id, ALERTS, AlertList, desk)
    critical = [alert.title for alert in alerts.alerts if alert.severity == "critical"] if alerts else []
    if critical:
        text = f"{len(critical)} critical: {'; '.join(critical[:MOST_TITLES])}"
        identity = f"{record.cycle_id}-critical"
        await desk.notifier.notify(_notification(identity, "watch_alert", record.cycle_id, text, at))
    return Done()


def _words(crossed: Crossed) -> str:
    return f"{crossed.threshold} is {crossed.value:g}, the threshold {crossed.limit:g}"


def _event(identity: str, kind: str, cycle: str, at: datetime, data: Mapping[str, Any]) -> Event:
    return Event(
        id=f"watch-{identity}-{kind}", source=EVENT_SOURCE, type=f"helpdesk.watch.{kind}", subject=cycle, time=at,
        data=dict(data),
    )  # fmt: skip


def _notification(identity: str, event: Any, cycle: str, text: str, at: datetime) -> Notification:
    return Notification(
        id=f"watch-{identity}", event=event, ticket_id=cycle, subject=f"Watch cycle {cycle}", to=TEAM, text=text, at=at
    )
