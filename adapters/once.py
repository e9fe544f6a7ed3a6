"""Doing a thing once by its key: in Redis for all instances, in another store while Redis is gone."""

import sqlite3
import time
from pathlib import Path
from typing import Any, Protocol

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


class Standby(Protocol):
    """What stands in while Redis is gone."""

    async def begin(self, key: str, held_s: int) -> Attempt: ...

    async def finish(self, key: str, remembered_s: int) -> None: ...

    async def release(self, key: str) -> None: ...


class Once:
    """Implements the Once port."""

    def __init__(self, redis: SharedRedis, standby: Standby):
        self._redis = redis
        self._standby = standby

    async def begin(self, key: str) -> Attempt:
        async def work(client: Any) -> Attempt:
            if await client.set(_PREFIX + key, "begun", nx=True, ex=HELD_S):
                return "first"
            return "done" if await client.get(_PREFIX + key) == "done" else "busy"

        try:
            return await self._redis.ask(work)
        except Unavailable:
            return await self._standby.begin(key, HELD_S)

    async def finish(self, key: str) -> None:
        async def work(client: Any) -> None:
            await client.set(_PREFIX + key, "done", ex=REMEMBERED_S)

        try:
            await self._redis.ask(work)
        except Unavailable:
            await self._standby.finish(key, REMEMBERED_S)

    async def release(self, key: str) -> None:
        async def work(client: Any) -> None:
            await client.delete(_PREFIX + key)

        try:
            await self._redis.ask(work)
        except Unavailable:
            await self._standby.release(key)


class SqliteStandby:
    """Several processes may use the same file."""

    def __init__(self, path: str | Path):
        self._database = Database(path, "once", _SCHEMA)

    async def begin(self, key: str, held_s: int) -> Attempt:
        return await self._database.write(lambda connection: _begin(connection, key, time.time(), held_s))

    async def finish(self, key: str, remembered_s: int) -> None:
        sql = "INSERT INTO once VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET done = 1, until = excluded.until"
        values = (key, time.time() + remembered_s)
        await self._database.write(lambda connection: connection.execute(sql, values))

    async def release(self, key: str) -> None:
        await self._database.write(lambda connection: connection.execute("DELETE FROM once WHERE key = ?", (key,)))

    def close(self) -> None:
        self._database.close()


def _begin(connection: sqlite3.Connection, key: str, now: float, held_s: int) -> Attempt:
    connection.execute("DELETE FROM once WHERE until < ?", (now,))
    sql = "INSERT INTO once VALUES (?, 0, ?) ON CONFLICT (key) DO NOTHING"
    if connection.execute(sql, (key, now + held_s)).rowcount:
        return "first"
    (done,) = connection.execute("SELECT done FROM once WHERE key = ?", (key,)).fetchone()
    return "done" if done else "busy"
