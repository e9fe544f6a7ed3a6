"""How many events of each kind there were, in one SQLite file: each counts once, however often it comes."""

import sqlite3
import time
from pathlib import Path

from adapters.sqlite import Database
from shared.messaging import EventCount

REMEMBERED_S = 7 * 24 * 3600

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event_counts (
    type TEXT NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (type, outcome)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counted (key TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS counted_oldest ON counted (at);
"""
_COUNT = """
INSERT INTO event_counts VALUES (?, ?, 1) ON CONFLICT (type, outcome) DO UPDATE SET count = count + 1
"""


class SqliteCounters:
    """Implements the Counters port; several processes may use the same file."""

    def __init__(self, path: str | Path):
        self._database = Database(path, "counters", _SCHEMA)

    async def count(self, key: str, event_type: str, outcome: str) -> bool:
        now = time.time()

        def work(connection: sqlite3.Connection) -> bool:
            connection.execute("DELETE FROM counted WHERE at < ?", (now - REMEMBERED_S,))
            sql = "INSERT INTO counted VALUES (?, ?) ON CONFLICT (key) DO NOTHING"
            if not connection.execute(sql, (key, now)).rowcount:
                return False
            connection.execute(_COUNT, (event_type, outcome))
            return True

        return await self._database.write(work)

    async def counts(self) -> tuple[EventCount, ...]:
        sql = "SELECT type, outcome, count FROM event_counts ORDER BY type, outcome"
        rows = await self._database.read(lambda connection: connection.execute(sql).fetchall())
        return tuple(EventCount(type=row[0], outcome=row[1], count=row[2]) for row in rows)

    def close(self) -> None:
        self._database.close()
