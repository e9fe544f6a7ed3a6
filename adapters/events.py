"""Lifecycle events: kept as each ticket's timeline, and from there brought to subscribers.

What is to be published stands in the outbox from the moment it is kept, in one transaction: a publisher that is down
holds nobody up, and nothing is lost.
"""

import asyncio
import logging
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.paging import moment
from adapters.sqlite import Database
from shared.correlation import trail
from shared.errors import DeskError
from shared.events import Event
from shared.messaging import Publisher
from shared.readings import Backlog

OVERDUE_AFTER = timedelta(seconds=15)
"""Younger ones in the outbox are being published at this moment by whoever kept them."""
PATIENCE_S = 5.0
LEFT_ALONE_S = 10.0
"""How long a publisher that failed is asked for nothing: what comes meanwhile goes to the outbox at once."""
_AT_ONCE = 100

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    time TEXT NOT NULL,
    event TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_subject ON events (subject, time, position);
CREATE TABLE IF NOT EXISTS outbox (id TEXT PRIMARY KEY, kept_at TEXT NOT NULL, event TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS outbox_oldest ON outbox (kept_at);
"""

_log = logging.getLogger("desk.events")


class OutboxEvents(ABC):
    """Implements the Events port but for where they are kept. Without a publisher it only keeps."""

    def __init__(self, publisher: Publisher | None):
        self._publisher = publisher
        self._left_alone_until = 0.0

    async def publish(self, event: Event) -> None:
        followed = trail()
        event = event.model_copy(
            update={
                "correlationid": event.correlationid or followed.correlation_id,
                "traceparent": event.traceparent or followed.traceparent,
            }
        )
        is_new = await self._keep(event, moment(datetime.now(UTC)), waits=self._publisher is not None)
        if is_new and self._publisher is not None:
            await self._try_to_pass_on(self._publisher, event)

    async def publish_pending(self) -> int:
        """Publish what is overdue in the outbox, oldest first; returns how many. Raises what the publisher raises."""
        overdue = moment(datetime.now(UTC) - OVERDUE_AFTER)
        published = 0
        while self._publisher is not None:
            events = await self._waiting(overdue, _AT_ONCE)
            if not events:
                break
            await self._pass_on(self._publisher, events)
            published += len(events)
        return published

    @abstractmethod
    async def backlog(self) -> Backlog: ...

    @abstractmethod
    async def of_ticket(self, ticket_id: str) -> tuple[Event, ...]: ...

    @abstractmethod
    async def forget(self, ticket_id: str) -> int: ...

    @abstractmethod
    async def _keep(self, event: Event, kept_at: str, *, waits: bool) -> bool:
        """Keep it, and that it waits to be published, together; False where its id is known."""

    @abstractmethod
    async def _waiting(self, since_before: str, limit: int) -> tuple[Event, ...]:
        """What waits since before then, oldest first."""

    @abstractmethod
    async def _published(self, events: Sequence[Event]) -> None:
        """They no longer wait."""

    async def _try_to_pass_on(self, publisher: Publisher, event: Event) -> None:
        if time.monotonic() < self._left_alone_until:
            return
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._pass_on(publisher, (event,))
        except (DeskError, TimeoutError) as error:
            self._left_alone_until = time.monotonic() + LEFT_ALONE_S
            _log.warning("event %s waits in the outbox: %s", event.id, error or type(error).__name__)

    async def _pass_on(self, publisher: Publisher, events: Sequence[Event]) -> None:
        await publisher.publish(events)
        await self._published(events)


class SqliteEvents(OutboxEvents):
    """On a laptop, in one SQLite file that several processes may use."""

    def __init__(self, path: str | Path, publisher: Publisher | None = None):
        super().__init__(publisher)
        self._database = Database(path, "events", _SCHEMA)

    async def backlog(self) -> Backlog:
        sql = "SELECT count(*), min(kept_at) FROM outbox"
        ((count, oldest),) = await self._database.read(lambda connection: connection.execute(sql).fetchall())
        return Backlog(count=count, oldest_at=oldest)

    async def of_ticket(self, ticket_id: str) -> tuple[Event, ...]:
        sql = "SELECT event FROM events WHERE subject = ? ORDER BY time, position"

        def work(connection: sqlite3.Connection) -> list[tuple[str]]:
            return connection.execute(sql, (ticket_id,)).fetchall()

        return tuple(Event.model_validate_json(row[0]) for row in await self._database.read(work))

    async def forget(self, ticket_id: str) -> int:
        def work(connection: sqlite3.Connection) -> int:
            connection.execute("DELETE FROM outbox WHERE id IN (SELECT id FROM events WHERE subject = ?)", (ticket_id,))
            return connection.execute("DELETE FROM events WHERE subject = ?", (ticket_id,)).rowcount

        return await self._database.write(work)

    def close(self) -> None:
        self._database.close()

    async def _keep(self, event: Event, kept_at: str, *, waits: bool) -> bool:
        text = event.model_dump_json()
        values = (event.id, event.subject, moment(event.time), text)

        def work(connection: sqlite3.Connection) -> bool:
            sql = "INSERT INTO events (id, subject, time, event) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
            is_new = connection.execute(sql, values).rowcount > 0
            if is_new and waits:
                connection.execute(
                    "INSERT INTO outbox (id, kept_at, event) VALUES (?, ?, ?)", (event.id, kept_at, text)
                )
            return is_new

        return await self._database.write(work)

    async def _waiting(self, since_before: str, limit: int) -> tuple[Event, ...]:
        sql, values = "SELECT event FROM outbox WHERE kept_at < ? ORDER BY kept_at LIMIT ?", (since_before, limit)
        rows = await self._database.read(lambda connection: connection.execute(sql, values).fetchall())
        return tuple(Event.model_validate_json(row[0]) for row in rows)

    async def _published(self, events: Sequence[Event]) -> None:
        ids = [(event.id,) for event in events]
        await self._database.write(lambda connection: connection.executemany("DELETE FROM outbox WHERE id = ?", ids))
