"""The list of dead letters in one SQLite file, beside the archive."""

import base64
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.sqlite import Database
from shared.dead_letters import DeadLetter, DeadLetterPage
from shared.errors import InvalidCursor

CLAIM_LAPSES = timedelta(minutes=1)
"""Longer than a replay may take: one message sent, or one instance started."""
REMEMBERED = timedelta(days=30)
"""How long the id of a letter that is gone stays known, so that nothing brings it back."""
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
"""

_CLAIM = """
UPDATE dead_letters SET claimed_at = :now
WHERE id = :id AND gone_at IS NULL AND (claimed_at IS NULL OR claimed_at < :lapsed)
RETURNING letter
"""
_GONE = "UPDATE dead_letters SET gone_at = :now, letter = NULL, claimed_at = NULL WHERE id = :id AND gone_at IS NULL"


class SqliteDeadLetters:
    """Implements the DeadLetters port; several processes may use the same file."""

    def __init__(self, path: str | Path):
        self._database = Database(path, "dead_letters", _SCHEMA, durable=True)

    async def add(self, letter: DeadLetter) -> bool:
        values = (letter.id, _moment(letter.at), letter.model_dump_json())
        forgotten = _moment(datetime.now(UTC) - REMEMBERED)

        def work(connection: sqlite3.Connection) -> bool:
            connection.execute("DELETE FROM dead_letters WHERE gone_at < ?", (forgotten,))
            sql = "INSERT INTO dead_letters (id, at, letter) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING"
            return connection.execute(sql, values).rowcount > 0

        return await self._database.write(work)

    async def find(self, limit: int, cursor: str | None = None) -> DeadLetterPage:
        size = max(1, min(limit, LARGEST_PAGE))
        after, values = "", ()
        if cursor is not None:
            after, values = " AND (at, id) < (?, ?)", _position(cursor)
        sql = f"SELECT letter, at, id FROM dead_letters WHERE gone_at IS NULL{after} ORDER BY at DESC, id DESC LIMIT ?"
        rows = await self._rows(sql, (*values, size + 1))
        page = rows[:size]
        return DeadLetterPage(
            items=tuple(DeadLetter.model_validate_json(row[0]) for row in page),
            next_cursor=_cursor(page[-1][1], page[-1][2]) if len(rows) > size else None,
        )

    async def get(self, letter_id: str) -> DeadLetter | None:
        rows = await self._rows("SELECT letter FROM dead_letters WHERE id = ? AND gone_at IS NULL", (letter_id,))
        return DeadLetter.model_validate_json(rows[0][0]) if rows else None

    async def claim(self, letter_id: str) -> DeadLetter | None:
        now = datetime.now(UTC)
        values = {"id": letter_id, "now": _moment(now), "lapsed": _moment(now - CLAIM_LAPSES)}
        row = await self._database.write(lambda connection: connection.execute(_CLAIM, values).fetchone())
        return DeadLetter.model_validate_json(row[0]) if row else None

    async def release(self, letter_id: str) -> None:
        sql = "UPDATE dead_letters SET claimed_at = NULL WHERE id = ?"
        await self._database.write(lambda connection: connection.execute(sql, (letter_id,)))

    async def settle(self, letter_id: str) -> None:
        values = {"id": letter_id, "now": _moment(datetime.now(UTC))}
        await self._database.write(lambda connection: connection.execute(_GONE, values))

    async def delete(self, letter_id: str) -> bool:
        now = datetime.now(UTC)
        values = {"id": letter_id, "now": _moment(now), "lapsed": _moment(now - CLAIM_LAPSES)}
        sql = f"{_GONE} AND (claimed_at IS NULL OR claimed_at < :lapsed)"
        return await self._database.write(lambda connection: connection.execute(sql, values).rowcount > 0)

    async def depth(self) -> int:
        return (await self._rows("SELECT count(*) FROM dead_letters WHERE gone_at IS NULL", ()))[0][0]

    def close(self) -> None:
        self._database.close()

    async def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        return await self._database.read(lambda connection: connection.execute(sql, values).fetchall())


def _moment(at: datetime) -> str:
    """Text whose order is the order in time; a time without a zone is taken as UTC."""
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")


def _cursor(at: str, letter_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([at, letter_id]).encode()).decode().rstrip("=")


def _position(cursor: str) -> tuple[str, str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, letter_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if _cursor(str(at), str(letter_id)) != cursor:
            raise ValueError("not written by this list")
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidCursor("the cursor is not one that a listing gave") from error
    return at, letter_id
