"""The list of dead letters in one SQLite file, beside the archive."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.letter_bodies import NOTED, Bodies, LettersWithBodies
from adapters.paging import moment, page_size, position
from adapters.sqlite import Database
from shared.cursors import opaque
from shared.dead_letters import DeadLetterPage, Failing, ListedLetter

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


class SqliteDeadLetters(LettersWithBodies):
    """Several processes may use the same file."""

    def __init__(self, path: str | Path, bodies: Bodies):
        super().__init__(bodies)
        self._database = Database(path, "dead_letters", _SCHEMA, durable=True)

    async def knows(self, letter_id: str) -> bool:
        return bool(await self._rows("SELECT 1 FROM dead_letters WHERE id = ?", (letter_id,)))

    async def find(self, limit: int, cursor: str | None = None) -> DeadLetterPage:
        size = page_size(limit)
        after, values = "", ()
        if cursor is not None:
            after, values = " AND (at, id) < (?, ?)", position(cursor)
        sql = f"SELECT letter, at, id FROM dead_letters WHERE gone_at IS NULL{after} ORDER BY at DESC, id DESC LIMIT ?"
        rows = await self._rows(sql, (*values, size + 1))
        page = rows[:size]
        return DeadLetterPage(
            items=tuple(ListedLetter.model_validate_json(row[0]) for row in page),
            next_cursor=opaque(page[-1][1], page[-1][2]) if len(rows) > size else None,
        )

    async def release(self, letter_id: str) -> None:
        await self._write("UPDATE dead_letters SET claimed_at = NULL WHERE id = :id", {"id": letter_id})

    async def depth(self) -> int:
        return (await self._rows("SELECT count(*) FROM dead_letters WHERE gone_at IS NULL", ()))[0][0]

    def close(self) -> None:
        self._database.close()

    async def _list(self, letter: ListedLetter) -> bool:
        values = {"id": letter.id, "at": moment(letter.at), "letter": letter.model_dump_json()}
        sql = "INSERT INTO dead_letters (id, at, letter) VALUES (:id, :at, :letter) ON CONFLICT (id) DO NOTHING"
        return await self._write(sql, values)

    async def _listed(self, letter_id: str) -> ListedLetter | None:
        rows = await self._rows("SELECT letter FROM dead_letters WHERE id = ? AND gone_at IS NULL", (letter_id,))
        return ListedLetter.model_validate_json(rows[0][0]) if rows else None

    async def _claim(self, letter_id: str, now: datetime, lapsed: datetime) -> bool:
        return await self._write(_CLAIM, {"id": letter_id, "now": moment(now), "lapsed": moment(lapsed)})

    async def _take_off(self, letter_id: str, now: datetime) -> None:
        await self._write(_GONE, {"id": letter_id, "now": moment(now)})

    async def _drop(self, letter_id: str, now: datetime, lapsed: datetime, failing: str | None) -> bool:
        values = {"id": letter_id, "now": moment(now), "lapsed": moment(lapsed)}
        sql = f"{_GONE} AND (claimed_at IS NULL OR claimed_at < :lapsed)"

        def work(connection: sqlite3.Connection) -> bool:
            if not connection.execute(sql, values).rowcount:
                return False
            connection.execute("DELETE FROM failing WHERE digest = ?", (failing,))
            return True

        return await self._database.write(work)

    async def _older(self, before: datetime) -> list[str]:
        rows = await self._rows("SELECT id FROM dead_letters WHERE gone_at IS NULL AND at < ?", (moment(before),))
        return [row[0] for row in rows]

    async def _note(self, digest: str, failing: Failing) -> None:
        now = datetime.now(UTC)

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM failing WHERE at < ?", (moment(now - NOTED),))
            values = (digest, failing.attempts, failing.reason, moment(now))
            connection.execute("INSERT OR REPLACE INTO failing VALUES (?, ?, ?, ?)", values)

        await self._database.write(work)

    async def _noted(self, digest: str) -> Failing | None:
        rows = await self._rows("SELECT attempts, reason FROM failing WHERE digest = ?", (digest,))
        return Failing(attempts=rows[0][0], reason=rows[0][1]) if rows else None

    async def _write(self, sql: str, values: dict[str, Any]) -> bool:
        """Whether that changed anything."""
        return await self._database.write(lambda connection: connection.execute(sql, values).rowcount > 0)

    async def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        return await self._database.read(lambda connection: connection.execute(sql, values).fetchall())
