"""The list of dead letters in one SQLite file, beside the archive; their raw bodies are in Blob storage."""

import base64
import hashlib
import json
import logging
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from adapters.paging import cursor as cursor_at
from adapters.paging import moment, position
from adapters.sqlite import Database
from shared.dead_letters import BODIES, DeadLetter, DeadLetterPage, Failing, ListedLetter
from shared.errors import DeskError, Permanent

CLAIM_LAPSES = timedelta(minutes=1)
"""Longer than a replay may take: one message sent, or one instance started."""
NOTED = timedelta(days=7)
"""How long it is remembered why a message failed; by then it has long been found in its poison queue."""
LARGEST_PAGE = 200

_SCHEMA = """
CREATE TABLE IF NOT EXISTS dead_letters (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    letter TEXT,
    claimed_at TEXT,
    gone_at TEXT
);
CREATE INDEX IF NOT EXISTS dead_letters_newest ON dead_letters (at, id) WHERE gone_at IS NULL;
CREATE TABLE IF NOT EXISTS failing (
    digest TEXT PRIMARY KEY, attempts INTEGER NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL
) WITHOUT ROWID;
"""

_CLAIM = """
UPDATE dead_letters SET claimed_at = :now
WHERE id = :id AND gone_at IS NULL AND (claimed_at IS NULL OR claimed_at < :lapsed)
"""
_GONE = "UPDATE dead_letters SET gone_at = :now, letter = NULL, claimed_at = NULL WHERE id = :id AND gone_at IS NULL"

log = logging.getLogger("helpdesk.dead_letters")


class Bodies(Protocol):
    """Where bodies are kept."""

    async def write(self, path: str, data: bytes, content_type: str = "application/json") -> None: ...
    async def read(self, path: str) -> bytes: ...
    async def delete(self, path: str) -> bool: ...


class SqliteDeadLetters:
    """Implements the DeadLetters port; several processes may use the same file.

    A letter that is gone leaves its id behind, so that no crash or sweep brings it back. A body is written before its
    letter and deleted after it: what a crash in between leaves lying goes with `RETENTION_DAYS`.
    """

    def __init__(self, path: str | Path, bodies: Bodies):
        self._database = Database(path, "dead_letters", _SCHEMA, durable=True)
        self._bodies = bodies

    async def add(self, letter: DeadLetter) -> bool:
        if await self.knows(letter.id):
            return False
        await self._bodies.write(_path(letter.id), json.dumps(letter.body).encode())
        values = (letter.id, moment(letter.at), letter.listed.model_dump_json())
        sql = "INSERT INTO dead_letters (id, at, letter) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING"
        return await self._database.write(lambda connection: connection.execute(sql, values).rowcount > 0)

    async def knows(self, letter_id: str) -> bool:
        return bool(await self._rows("SELECT 1 FROM dead_letters WHERE id = ?", (letter_id,)))

    async def note_failing(self, queue: str, body: bytes, failing: Failing) -> None:
        now = datetime.now(UTC)
        values = (_digest(queue, body), failing.attempts, failing.reason, moment(now))

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM failing WHERE at < ?", (moment(now - NOTED),))
            connection.execute("INSERT OR REPLACE INTO failing VALUES (?, ?, ?, ?)", values)

        await self._database.write(work)

    async def failing(self, queue: str, body: bytes) -> Failing | None:
        rows = await self._rows("SELECT attempts, reason FROM failing WHERE digest = ?", (_digest(queue, body),))
        return Failing(attempts=rows[0][0], reason=rows[0][1]) if rows else None

    async def find(self, limit: int, cursor: str | None = None) -> DeadLetterPage:
        size = max(1, min(limit, LARGEST_PAGE))
        after, values = "", ()
        if cursor is not None:
            after, values = " AND (at, id) < (?, ?)", position(cursor)
        sql = f"SELECT letter, at, id FROM dead_letters WHERE gone_at IS NULL{after} ORDER BY at DESC, id DESC LIMIT ?"
        rows = await self._rows(sql, (*values, size + 1))
        page = rows[:size]
        return DeadLetterPage(
            items=tuple(ListedLetter.model_validate_json(row[0]) for row in page),
            next_cursor=cursor_at(page[-1][1], page[-1][2]) if len(rows) > size else None,
        )

    async def get(self, letter_id: str) -> DeadLetter | None:
        """Raises Permanent where the list has it and its body is gone."""
        if (listed := await self._listed(letter_id)) is None:
            return None
        try:
            body = await self._bodies.read(_path(letter_id))
        except Permanent:
            if await self._listed(letter_id) is None:  # gone together, at this moment
                return None
            raise
        return DeadLetter(**listed.model_dump(), body=json.loads(body))

    async def claim(self, letter_id: str) -> DeadLetter | None:
        letter = await self.get(letter_id)
        now = datetime.now(UTC)
        values = {"id": letter_id, "now": moment(now), "lapsed": moment(now - CLAIM_LAPSES)}
        claimed = await self._database.write(lambda connection: connection.execute(_CLAIM, values).rowcount > 0)
        return letter if claimed else None

    async def release(self, letter_id: str) -> None:
        sql = "UPDATE dead_letters SET claimed_at = NULL WHERE id = ?"
        await self._database.write(lambda connection: connection.execute(sql, (letter_id,)))

    async def settle(self, letter_id: str) -> None:
        values = {"id": letter_id, "now": moment(datetime.now(UTC))}
        await self._database.write(lambda connection: connection.execute(_GONE, values))
        await self._forget(letter_id)

    async def delete(self, letter_id: str) -> bool:
        """With what was noted of its failing: a reason may quote the message."""
        now = datetime.now(UTC)
        values = {"id": letter_id, "now": moment(now), "lapsed": moment(now - CLAIM_LAPSES)}
        sql = f"{_GONE} AND (claimed_at IS NULL OR claimed_at < :lapsed)"
        letter = await self._if_readable(letter_id)

        def work(connection: sqlite3.Connection) -> bool:
            if not connection.execute(sql, values).rowcount:
                return False
            if letter is not None and letter.source == "queue":
                connection.execute("DELETE FROM failing WHERE digest = ?", (_digest(letter.name, _raw(letter)),))
            return True

        deleted = await self._database.write(work)
        if deleted:
            await self._forget(letter_id)
        return deleted

    async def let_go(self, before: datetime) -> int:
        rows = await self._rows("SELECT id FROM dead_letters WHERE gone_at IS NULL AND at < ?", (moment(before),))
        return sum([await self.delete(row[0]) for row in rows])

    async def depth(self) -> int:
        return (await self._rows("SELECT count(*) FROM dead_letters WHERE gone_at IS NULL", ()))[0][0]

    def close(self) -> None:
        self._database.close()

    async def _listed(self, letter_id: str) -> ListedLetter | None:
        rows = await self._rows("SELECT letter FROM dead_letters WHERE id = ? AND gone_at IS NULL", (letter_id,))
        return ListedLetter.model_validate_json(rows[0][0]) if rows else None

    async def _if_readable(self, letter_id: str) -> DeadLetter | None:
        """None also where its body is gone: such a letter can still be deleted."""
        try:
            return await self.get(letter_id)
        except Permanent:
            return None

    async def _forget(self, letter_id: str) -> None:
        """The letter is gone already, and a body that stays behind for a while takes nothing of that back."""
        try:
            await self._bodies.delete(_path(letter_id))
        except DeskError as error:
            log.warning("the body of %s goes when its time is over: %s", letter_id, error)

    async def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        return await self._database.read(lambda connection: connection.execute(sql, values).fetchall())


def _raw(letter: DeadLetter) -> bytes:
    """The message as it came."""
    return base64.b64decode(letter.body) if letter.encoding == "base64" else str(letter.body).encode()


def _path(letter_id: str) -> str:
    return f"{BODIES}{letter_id}.json"


def _digest(queue: str, body: bytes) -> str:
    return hashlib.sha256(queue.encode() + b"\n" + body).hexdigest()
