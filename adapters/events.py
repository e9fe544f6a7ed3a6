"""Lifecycle events kept in one SQLite file: the first adapter behind the publisher's port."""

import sqlite3
from datetime import UTC
from pathlib import Path

from adapters.sqlite import Database
from shared.desk import Event

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    time TEXT NOT NULL,
    event TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_subject ON events (subject, time, position);
"""


class SqliteEvents:
    """Implements the Events port; several processes may use the same file."""

    def __init__(self, path: str | Path):
        self._database = Database(path, "events", _SCHEMA)

    async def publish(self, event: Event) -> None:
        aware = event.time if event.time.tzinfo else event.time.replace(tzinfo=UTC)
        moment = aware.astimezone(UTC).isoformat(timespec="microseconds")
        values = (event.id, event.subject, moment, event.model_dump_json())
        sql = "INSERT INTO events (id, subject, time, event) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
        await self._database.write(lambda connection: connection.execute(sql, values))

    async def of_ticket(self, ticket_id: str) -> tuple[Event, ...]:
        sql = "SELECT event FROM events WHERE subject = ? ORDER BY time, position"

        def work(connection: sqlite3.Connection) -> list[tuple[str]]:
            return connection.execute(sql, (ticket_id,)).fetchall()

        return tuple(Event.model_validate_json(row[0]) for row in await self._database.read(work))

    def close(self) -> None:
        self._database.close()
