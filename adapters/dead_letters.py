"""The list of dead letters in one SQLite file, beside the archive."""

import base64
import hashlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.paging import cursor as cursor_at
from adapters.paging import moment, position
from adapters.sqlite import Database
from shared.dead_letters import DeadLetter, DeadLetterPage, Failing

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
RETURNING letter
"""
_GONE = "UPDATE dead_letters SET gone_at = :now, letter = NULL, claimed_at = NULL WHERE id = :id AND gone_at IS NULL"


class SqliteDeadLetters:
    """Implements the DeadLetters port; several processes may use the same file.

    A letter that is gone leaves its id behind, so that no crash or sweep brings it back.
    """

    def __init__(self, path: str | Path):
        self._database = Database(path, "dead_letters", _SCHEMA, durable=True)

    async def add(self, letter: DeadLetter) -> bool:
        values = (letter.id, moment(letter.at), letter.model_dump_json())
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
            items=tuple(DeadLetter.model_validate_json(row[0]) for row in page),
            next_cursor=cursor_at(page[-1][1], page[-1][2]) if len(rows) > size else None,
        )

    async def get(self, letter_id: str) -> DeadLetter | None:
        rows = await self._rows("SELECT letter FROM dead_letters WHERE id = ? AND gone_at IS NULL", (letter_id,))
        return DeadLetter.model_validate_json(rows[0][0]) if rows else None

    async def claim(self, letter_id: str) -> DeadLetter | None:
        now = datetime.now(UTC)
        values = {"id": letter_id, "now": moment(now), "lapsed": moment(now - CLAIM_LAPSES)}
        row = await self._database.write(lambda connection: connection.execute(_CLAIM, values).fetchone())
        return DeadLetter.model_validate_json(row[0]) if row else None

    async def release(self, letter_id: str) -> None:
        sql = "UPDATE dead_letters SET claimed_at = NULL WHERE id = ?"
        await self._database.write(lambda connection: connection.execute(sql, (letter_id,)))

    async def settle(self, letter_id: str) -> None:
        values = {"id": letter_id, "now": moment(datetime.now(UTC))}
        await self._database.write(lambda connection: connection.execute(_GONE, values))

    async def delete(self, letter_id: str) -> bool:
        """With what was noted of its failing: a reason may quote the message."""
        now = datetime.now(UTC)
        values = {"id": letter_id, "now": moment(now), "lapsed": moment(now - CLAIM_LAPSES)}
        sql = f"{_GONE} AND (claimed_at IS NULL OR claimed_at < :lapsed)"

        def work(connection: sqlite3.Connection) -> bool:
            row = connection.execute("SELECT letter FROM dead_letters WHERE id = ?", (letter_id,)).fetchone()
            if not connection.execute(sql, values).rowcount:
                return False
            letter = DeadLetter.model_validate_json(row[0])
            if letter.source == "queue":
                connection.execute("DELETE FROM failing WHERE digest = ?", (_digest(letter.name, _raw(letter)),))
            return True

        return await self._database.write(work)

    async def depth(self) -> int:
        return (await self._rows("SELECT count(*) FROM dead_letters WHERE gone_at IS NULL", ()))[0][0]

    def close(self) -> None:
        self._database.close()

    async def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        return await self._database.read(lambda connection: connection.execute(sql, values).fetchall())


def _raw(letter: DeadLetter) -> bytes:
    """The message as it came."""
    return base64.b64decode(letter.body) if letter.encoding == "base64" else str(letter.body).encode()


def _digest(queue: str, body: bytes) -> str:
    return hashlib.sha256(queue.encode() + b"\n" + body).hexdigest()
