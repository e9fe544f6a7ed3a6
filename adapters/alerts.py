"""Alerts in one SQLite file: what is watched, what was raised, and what of it is on its way to which channel."""

import sqlite3
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.paging import is_any_of, moment, newest_first, page_size
from adapters.sqlite import Database
from shared import alert_changes, alerts
from shared.alerts import Alert, AlertPage, AlertQuery, Change, Delivery, DeliveryPlan, Handling, Notice, Observation
from shared.cursors import opaque

HELD = timedelta(minutes=1)
"""Longer than a channel may take; who took a delivery and has not noted how it ended by then has died."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS alerts (
    tenant TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, rule TEXT NOT NULL, subject TEXT NOT NULL,
    created_at TEXT NOT NULL, alert TEXT NOT NULL, PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS alerts_open ON alerts (tenant, rule, subject) WHERE state != 'cleared';
CREATE INDEX IF NOT EXISTS alerts_newest ON alerts (tenant, created_at, id);
CREATE TABLE IF NOT EXISTS watched (
    tenant TEXT NOT NULL, rule TEXT NOT NULL, subject TEXT NOT NULL, watched TEXT NOT NULL, seen_at TEXT NOT NULL,
    PRIMARY KEY (tenant, rule, subject)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alert_deliveries (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, alert TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL,
    next_at TEXT NOT NULL, expires_at TEXT NOT NULL, delivery TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS alert_deliveries_due ON alert_deliveries (next_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS alert_deliveries_of ON alert_deliveries (alert, channel, row);
"""
_DUE = """
SELECT delivery FROM alert_deliveries AS due WHERE state = 'pending' AND next_at <= ? AND NOT EXISTS (
    SELECT 1 FROM alert_deliveries AS earlier WHERE earlier.alert = due.alert AND earlier.channel = due.channel
    AND earlier.row < due.row AND earlier.state = 'pending'
) ORDER BY row LIMIT ?
"""


class SqliteAlerts:
    """Implements the Alerts port; several processes may use the same file."""

    def __init__(self, path: str | Path):
        self._database = Database(path, "alerts", _SCHEMA)

    async def observe(
        self, tenant: str, seen: Sequence[Observation], at: datetime, plan: DeliveryPlan
    ) -> tuple[Notice, ...]:
        def work(connection: sqlite3.Connection) -> tuple[Notice, ...]:
            found = (_judge(connection, tenant, one, at, plan) for one in seen)
            return tuple(notice for notice in found if notice is not None)

        return await self._database.write(work)

    async def handle(
        self, tenant: str, alert_id: str, change: Change, handling: Handling, at: datetime, plan: DeliveryPlan,
        version: int | None = None,
    ) -> Alert:  # fmt: skip
        def work(connection: sqlite3.Connection) -> Alert:
            alert = _get(connection, tenant, alert_id)
            if alert is None:
                raise LookupError(alert_id)
            changed = alert_changes.handled(alert, change, handling, at, version)
            _keep(connection, tenant, changed)
            if change == "cleared":
                _watch(connection, tenant, alert.rule, alert.subject, alerts.Watched(muted=True), at)
            _send(connection, changed, change, at, plan)
            return changed

        return await self._database.write(work)

    async def get(self, tenant: str, alert_id: str) -> Alert | None:
        return await self._database.read(lambda connection: _get(connection, tenant, alert_id))

    async def subjects(self, tenant: str) -> frozenset[tuple[str, str]]:
        rows = await self._rows("SELECT rule, subject FROM watched WHERE tenant = ?", (tenant,))
        return frozenset((rule, subject) for rule, subject in rows)

    async def find(self, query: AlertQuery) -> AlertPage:
        limit = page_size(query.limit)
        filters = is_any_of("state", query.state)
        rows = await self._rows(*newest_first("alerts", "alert", query.tenant, filters, query.cursor, limit))
        page = rows[:limit]
        return AlertPage(
            items=tuple(Alert.model_validate_json(row[0]) for row in page),
            next_cursor=opaque(page[-1][1], page[-1][2]) if len(rows) > limit else None,
        )

    async def deliveries(self, alert_id: str) -> tuple[Delivery, ...]:
        rows = await self._rows("SELECT delivery FROM alert_deliveries WHERE alert = ? ORDER BY row", (alert_id,))
        return tuple(Delivery.model_validate_json(row[0]) for row in rows)

    async def take_due(self, at: datetime, limit: int) -> tuple[Delivery, ...]:
        def work(connection: sqlite3.Connection) -> tuple[Delivery, ...]:
            late = "SELECT delivery FROM alert_deliveries WHERE state = 'pending' AND expires_at <= ?"
            for row in connection.execute(late, (moment(at),)).fetchall():
                _note(connection, Delivery.model_validate_json(row[0]).model_copy(update={"state": "expired"}))
            rows = connection.execute(_DUE, (moment(at), limit)).fetchall()
            due = tuple(Delivery.model_validate_json(row[0]) for row in rows)
            for delivery in due:
                _note(connection, delivery.model_copy(update={"next_at": at + HELD}))
            return due

        return await self._database.write(work)

    async def note(self, delivery: Delivery) -> None:
        await self._database.write(lambda connection: _note(connection, delivery))

    def close(self) -> None:
        self._database.close()

    async def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        return await self._database.read(lambda connection: connection.execute(sql, values).fetchall())


def _judge(
    connection: sqlite3.Connection, tenant: str, seen: Observation, at: datetime, plan: DeliveryPlan
) -> Notice | None:
    rule, where = seen.rule, (tenant, seen.rule.name, seen.subject)
    sql = "SELECT alert FROM alerts WHERE tenant = ? AND rule = ? AND subject = ? AND state != 'cleared'"
    row = connection.execute(sql, where).fetchone()
    alert = Alert.model_validate_json(row[0]) if row else None
    kept = connection.execute(
        "SELECT watched FROM watched WHERE tenant = ? AND rule = ? AND subject = ?", where
    ).fetchone()
    before = alerts.Watched.model_validate_json(kept[0]) if kept else alerts.Watched()
    look = alert_changes.looked(before, alert, seen, at, uuid.uuid4().hex)
    _watch(connection, tenant, rule.name, seen.subject, look.watched, at)
    if look.alert is None:
        return None
    _keep(connection, tenant, look.alert)
    return _send(connection, look.alert, look.change, at, plan) if look.change else None


def _get(connection: sqlite3.Connection, tenant: str, alert_id: str) -> Alert | None:
    sql = "SELECT alert FROM alerts WHERE tenant = ? AND id = ?"
    row = connection.execute(sql, (tenant, alert_id)).fetchone()
    return Alert.model_validate_json(row[0]) if row else None


def _keep(connection: sqlite3.Connection, tenant: str, alert: Alert) -> None:
    values = (tenant, alert.id, alert.state, alert.rule, alert.subject, moment(alert.raised_at))
    connection.execute(
        "INSERT INTO alerts (tenant, id, state, rule, subject, created_at, alert) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, alert = excluded.alert",
        (*values, alert.model_dump_json()),
    )


def _watch(
    connection: sqlite3.Connection, tenant: str, rule: str, subject: str, watched: alerts.Watched, at: datetime
) -> None:
    values = (tenant, rule, subject, watched.model_dump_json(), moment(at))
    connection.execute("INSERT OR REPLACE INTO watched VALUES (?, ?, ?, ?, ?)", values)


def _send(connection: sqlite3.Connection, alert: Alert, change: Change, at: datetime, plan: DeliveryPlan) -> Notice:
    notice, deliveries = alert_changes.told(alert, change, at, plan)
    for delivery in deliveries:
        _note(connection, delivery)
    return notice


def _note(connection: sqlite3.Connection, delivery: Delivery) -> None:
    values = (
        delivery.id, delivery.notice.alert.id, delivery.channel, delivery.state, moment(delivery.next_at),
        moment(delivery.expires_at), delivery.model_dump_json(),
    )  # fmt: skip
    connection.execute(
        "INSERT INTO alert_deliveries (id, alert, channel, state, next_at, expires_at, delivery)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " state = excluded.state, next_at = excluded.next_at, delivery = excluded.delivery",
        values,
    )
