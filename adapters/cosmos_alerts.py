"""Alerts in Cosmos DB: few enough for one partition, in which a change and its deliveries are one transaction."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from adapters.alerts import HELD
from adapters.cosmos import Item, Items, Operation, key, written
from adapters.cosmos_account import Cosmos
from adapters.cosmos_containers import DESK
from adapters.cosmos_listing import Conditions, page, place
from adapters.paging import moment
from shared import alert_changes
from shared.alerts import (
    Alert,
    AlertPage,
    AlertQuery,
    Change,
    Delivery,
    DeliveryPlan,
    Handling,
    Notice,
    Observation,
    Watched,
)

_ALERT, _WATCHED, _DELIVERY, _PARTITION = "alert", "watched", "delivery", "alerts"
_AT_ONCE = 1_000


class CosmosAlerts:
    """Implements the Alerts port. What is watched names its open alert, so there is never a second one."""

    def __init__(self, cosmos: Cosmos):
        self._items = Items(cosmos, DESK, "alerts")

    async def observe(
        self, tenant: str, seen: Sequence[Observation], at: datetime, plan: DeliveryPlan
    ) -> tuple[Notice, ...]:
        found: list[Notice] = []
        for one in seen:
            found += await self._items.repeat(lambda one=one: self._look(tenant, one, at, plan))
        return tuple(found)

    async def _look(
        self, tenant: str, seen: Observation, at: datetime, plan: DeliveryPlan
    ) -> tuple[Notice, ...] | None:
        """The notice, if any; None where another look was faster."""
        kept = await self._items.read(_PARTITION, _watched_id(tenant, seen.rule.name, seen.subject))
        is_open = kept["open"] if kept else None
        alert = await self.get(tenant, is_open) if is_open else None
        before = Watched.model_validate(kept["body"]) if kept else Watched()
        look = alert_changes.looked(before, alert, seen, at, uuid.uuid4().hex)
        if kept is not None and (look.watched, look.alert) == (before, alert):
            return ()
        now_open = look.alert.id if look.alert is not None and look.change != "cleared" else None
        operations = [_watch(tenant, seen.rule.name, seen.subject, look.watched, now_open, kept)]
        notices: tuple[Notice, ...] = ()
        if look.alert is not None:
            operations.append(("upsert", (_alert_item(tenant, look.alert),)))
        if look.alert is not None and look.change is not None:
            notice, deliveries = alert_changes.told(look.alert, look.change, at, plan)
            operations += [("create", (_delivery_item(delivery),)) for delivery in deliveries]
            notices = (notice,)
        return notices if await self._items.batch(_PARTITION, operations) is None else None

    async def handle(
        self, tenant: str, alert_id: str, change: Change, handling: Handling, at: datetime, plan: DeliveryPlan,
        version: int | None = None,
    ) -> Alert:  # fmt: skip
        async def attempt() -> Alert | None:
            item = await self._items.read(_PARTITION, _alert_id(tenant, alert_id))
            if item is None:
                raise LookupError(alert_id)
            alert = Alert.model_validate(item["body"])
            changed = alert_changes.handled(alert, change, handling, at, version)
            watched = await self._items.read(_PARTITION, _watched_id(tenant, alert.rule, alert.subject))
            is_over = change == "cleared"
            after = Watched(muted=True) if is_over or watched is None else Watched.model_validate(watched["body"])
            _, deliveries = alert_changes.told(changed, change, at, plan)
            refused = await self._items.batch(_PARTITION, [
                written(_alert_item(tenant, changed), item),
                # Also where nothing changes for it, so that no look at this moment misses what the person did.
                _watch(tenant, alert.rule, alert.subject, after, None if is_over else alert_id, watched),
                *(("create", (_delivery_item(delivery),)) for delivery in deliveries),
            ])  # fmt: skip
            return changed if refused is None else None

        return await self._items.repeat(attempt)

    async def get(self, tenant: str, alert_id: str) -> Alert | None:
        item = await self._items.read(_PARTITION, _alert_id(tenant, alert_id))
        return Alert.model_validate(item["body"]) if item else None

    async def subjects(self, tenant: str) -> frozenset[tuple[str, str]]:
        sql = "SELECT * FROM c WHERE c.kind = @kind AND c.tenant = @tenant"
        rows = await self._items.query(sql, _PARTITION, kind=_WATCHED, tenant=tenant)
        return frozenset((row["rule"], row["subject"]) for row in rows)

    async def find(self, query: AlertQuery) -> AlertPage:
        wanted = Conditions(_ALERT, tenant=query.tenant, state=query.state)
        rows, more = await page(self._items, wanted, query.limit, query.cursor, _PARTITION)
        return AlertPage(items=tuple(Alert.model_validate(row["body"]) for row in rows), next_cursor=more)

    async def deliveries(self, alert_id: str) -> tuple[Delivery, ...]:
        sql = "SELECT * FROM c WHERE c.kind = @kind AND c.alert = @alert ORDER BY c.told"
        rows = await self._items.query(sql, _PARTITION, kind=_DELIVERY, alert=alert_id)
        return tuple(_delivery(row) for row in rows)

    async def take_due(self, at: datetime, limit: int) -> tuple[Delivery, ...]:
        sql = "SELECT TOP @most * FROM c WHERE c.kind = @kind AND c.state = @state ORDER BY c.told"
        rows = await self._items.query(sql, _PARTITION, kind=_DELIVERY, state="pending", most=_AT_ONCE)
        taken: list[Delivery] = []
        ahead: set[tuple[str, str]] = set()
        for row in rows:
            delivery = _delivery(row)
            line = (row["alert"], delivery.channel)
            if delivery.expires_at <= at:
                await self.note(delivery.model_copy(update={"state": "expired"}))
            elif line not in ahead:
                ahead.add(line)
                if delivery.next_at <= at and len(taken) < limit and await self._take(delivery, at):
                    taken.append(delivery)
        return tuple(taken)

    async def note(self, delivery: Delivery) -> None:
        item = _delivery_item(delivery)
        await self._items.change(_PARTITION, item["id"], lambda _: item)

    async def _take(self, delivery: Delivery, at: datetime) -> bool:
        """False where somebody else has taken it since it was read."""
        item = _delivery_item(delivery.model_copy(update={"next_at": at + HELD}))

        def still_due(before: Item | None) -> Item | None:
            return item if before is not None and _delivery(before) == delivery else None

        return await self._items.change(_PARTITION, item["id"], still_due) is not None


def _watched_id(tenant: str, rule: str, subject: str) -> str:
    return key(_WATCHED, tenant, rule, subject)


def _alert_id(tenant: str, alert_id: str) -> str:
    return key(_ALERT, tenant, alert_id)


def _watch(
    tenant: str, rule: str, subject: str, watched: Watched, open_alert: str | None, kept: Item | None
) -> Operation:
    item: Item = {
        "pk": _PARTITION, "id": _watched_id(tenant, rule, subject), "kind": _WATCHED, "tenant": tenant, "rule": rule,
        "subject": subject, "open": open_alert, "body": watched.model_dump(mode="json"),
    }  # fmt: skip
    return written(item, kept)


def _alert_item(tenant: str, alert: Alert) -> Item:
    identity = _alert_id(tenant, alert.id)
    item: dict[str, Any] = {"pk": _PARTITION, "id": identity, "kind": _ALERT, "tenant": tenant, "state": alert.state}
    return item | place(alert.raised_at, alert.id) | {"body": alert.model_dump(mode="json")}


def _delivery_item(delivery: Delivery) -> Item:
    """`told` sorts: what was told of an alert, in its order."""
    notice = delivery.notice
    return {
        "pk": _PARTITION, "id": key(_DELIVERY, delivery.id), "kind": _DELIVERY, "alert": notice.alert.id,
        "state": delivery.state, "told": f"{moment(notice.at)} {notice.alert.version:06} {delivery.channel}",
        "body": delivery.model_dump(mode="json"),
    }  # fmt: skip


def _delivery(item: Item) -> Delivery:
    return Delivery.model_validate(item["body"])
