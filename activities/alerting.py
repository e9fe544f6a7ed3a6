"""Looks at how the desk stands, raises and clears alerts by it, and brings what has changed to the channels."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol

from activities.readings import readings
from shared.alert_rules import observations
from shared.alerts import Alerts, Channel, Delivery, DeliveryPlan, Notice, Rule
from shared.errors import Permanent, Transient
from shared.events import Event
from shared.ports import Desk

EVENT_SOURCE = "/helpdesk/alerts"
LARGEST_ROUND = 200
LONGEST_SEND_S = 30.0
FIRST_DELAY_S, LONGEST_DELAY_S = 5.0, 300.0
_log = logging.getLogger("helpdesk.alerts")


class AlertDesk(Desk, Protocol):
    """The desk with what alerts need of it."""

    @property
    def alerts(self) -> Alerts: ...
    @property
    def alert_rules(self) -> tuple[Rule, ...]: ...
    @property
    def delivery_plan(self) -> DeliveryPlan: ...
    def channel(self, name: str) -> Channel | None: ...


class EventChannel:
    """Tells subscribers: the channel that is always there."""

    def __init__(self, desk: Desk):
        self._desk = desk

    async def send(self, notice: Notice) -> None:
        alert = notice.alert
        shown = {"rule", "subject", "severity", "state", "version", "value", "acknowledged_by", "cleared_by"}
        await self._desk.events.publish(
            Event(
                id=notice.id,
                source=EVENT_SOURCE,
                type=f"helpdesk.alert.{notice.change}",
                subject=alert.id,
                time=notice.at,
                data=alert.model_dump(mode="json", include=shown) | {"outcome": alert.rule},
            )
        )


async def look(desk: AlertDesk, at: datetime) -> tuple[Notice, ...]:
    """Judge every rule by what can be read now; what cannot be read changes nothing."""
    found = await readings(desk, at)
    if found.unread:
        _log.warning("cannot judge by %s", ", ".join(sorted(found.unread)))
    seen = observations(found, desk.alert_rules, await desk.alerts.subjects(desk.tenant))
    return await desk.alerts.observe(desk.tenant, seen, at, desk.delivery_plan)


async def deliver(desk: AlertDesk, at: datetime) -> int:
    """Send what is due, the channels side by side so that none waits for another; tells how many arrived."""
    due = sorted(await desk.alerts.take_due(at, LARGEST_ROUND), key=lambda delivery: delivery.channel)
    rounds = [(name, tuple(waiting)) for name, waiting in groupby(due, key=lambda delivery: delivery.channel)]
    return sum(await asyncio.gather(*(_by_channel(name, waiting, desk, at) for name, waiting in rounds)))


async def _by_channel(name: str, waiting: Sequence[Delivery], desk: AlertDesk, at: datetime) -> int:
    """One after the other; a channel that fails is left alone until its deliveries are due again."""
    arrived = 0
    down: Transient | None = None
    for delivery in waiting:
        if down is None:
            delivery, down = await _attempt(delivery, desk, at)
        else:
            delivery = _later(delivery, at, down)
        await desk.alerts.note(delivery)
        arrived += delivery.state == "delivered"
    if down is not None:
        _log.warning("alerts by %s wait: %s", name, down)
    return arrived


async def _attempt(delivery: Delivery, desk: AlertDesk, at: datetime) -> tuple[Delivery, Transient | None]:
    tried = delivery.model_copy(update={"attempts": delivery.attempts + 1})
    channel = desk.channel(delivery.channel)
    try:
        if channel is None:
            raise Permanent("this channel is configured no more")
        async with asyncio.timeout(LONGEST_SEND_S):
            await channel.send(delivery.notice)
    except Permanent as error:
        _log.error("alert %s is refused by %s: %s", delivery.notice.alert.id, delivery.channel, error)
        return tried.model_copy(update={"state": "refused", "error": str(error)}), None
    except Transient as error:
        return _later(tried, at, error), error
    except Exception as error:  # noqa: BLE001 it is logged, and a channel's own fault must not keep the others waiting
        _log.exception("alert %s by %s", delivery.notice.alert.id, delivery.channel)
        down = Transient(f"{type(error).__name__}: {error}"[:300])
        return _later(tried, at, down), down
    return tried.model_copy(update={"state": "delivered", "error": None}), None


def _later(delivery: Delivery, at: datetime, why: Transient) -> Delivery:
    """Twice as long after each attempt, or as long as the channel wishes."""
    growing = FIRST_DELAY_S * 2 ** min(delivery.attempts, 10)
    delay_s = max(min(growing, LONGEST_DELAY_S), min(why.retry_after_s or 0, LONGEST_DELAY_S))
    return delivery.model_copy(update={"next_at": at + timedelta(seconds=delay_s), "error": str(why)})
