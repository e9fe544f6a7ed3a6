"""Doing a thing once by its key: in Redis for all instances, in a SQLite file while Redis is gone."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from adapters.shared_redis import SharedRedis
from adapters.sqlite import Database
from shared.errors import Unavailable
from shared.messaging import Attempt

HELD_S = 30
"""How long one who began may take; after that it counts as dead and another may begin."""
REMEMBERED_S = 7 * 24 * 3600
_PREFIX = "helpdesk:once:"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS once (key TEXT PRIMARY KEY, done INTEGER NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS once_until ON once (until);
"""


class Once:
    """Implements the Once port."""

    def __init__(self, redis: SharedRedis, path: str | Path):
        self._redis = redis
        self._database = Database(path, "once", _SCHEMA)

    async def begin(self, key: str) -> Attempt:
        async def work(client: Any) -> Attempt:
            if await client.set(_PREFIX + key, "begun", nx=True, ex=HELD_S):
                return "first"
            return "done" if await client.get(_PREFIX + key) == "done" else "busy"

        try:
            return await self._redis.ask(work)
        except Unavailable:
            return await self._database.write(lambda connection: _begin(connection, key, time.time()))

    async def finish(self, key: str) -> None:
        await self._set(key, "done", REMEMBERED_S)

    async def release(self, key: str) -> None:
        await self._set(key, None, 0)

    async def close(self) -> None:
        self._database.close()

    async def _set(self, key: str, value: str | None, for_s: int) -> None:
        """In both places: the one may have been gone when it began, and the other be gone now."""

        async def work(client: Any) -> None:
            await (client.set(_PREFIX + key, value, ex=for_s) if value else client.delete(_PREFIX + key))

        def keep(connection: sqlite3.Connection) -> None:
            if value:
                sql = (
                    "INSERT INTO once VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET done = 1, until = excluded.until"
                )
                connection.execute(sql, (key, time.time() + for_s))
            else:
                connection.execute("DELETE FROM once WHERE key = ?", (key,))

        try:
            await self._redis.ask(work)
        except Unavailable:
            await self._database.write(keep)


def _begin(connection: sqlite3.Connection, key: str, now: float) -> Attempt:
    connection.execute("DELETE FROM once WHERE until < ?", (now,))
    sql = "INSERT INTO once VALUES (?, 0, ?) ON CONFLICT (key) DO NOTHING"
    if connection.execute(sql, (key, now + HELD_S)).rowcount:
        return "first"
    (done,) = connection.execute("SELECT done FROM once WHERE key = ?", (key,)).fetchone()
    return "done" if done else "busy"
