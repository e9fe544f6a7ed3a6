"""Ratings in the archive's SQLite file, in a table of their own: rebuilding the archive loses none."""

import sqlite3
from pathlib import Path

from adapters.paging import moment
from adapters.sqlite import Database
from shared.dashboard import Ratings
from shared.ratings import Rating
from shared.statistics import Period

_SCHEMA = """
CREATE TABLE IF NOT EXISTS ratings (
    tenant TEXT NOT NULL, ticket TEXT NOT NULL, episode INTEGER NOT NULL, score INTEGER NOT NULL, at TEXT NOT NULL,
    rating TEXT NOT NULL, PRIMARY KEY (tenant, ticket, episode)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ratings_newest ON ratings (tenant, at, score);
"""


class SqliteRatings:
    """Implements the RatingBook port."""

    def __init__(self, path: str | Path):
        self._database = Database(path, "ratings", _SCHEMA)

    async def add(self, tenant: str, rating: Rating) -> bool:
        values = (
            tenant, rating.ticket_id, rating.episode, rating.score, moment(rating.at), rating.model_dump_json(),
        )  # fmt: skip
        sql = "INSERT INTO ratings VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return await self._database.write(lambda connection: connection.execute(sql, values).rowcount > 0)

    async def of_ticket(self, tenant: str, ticket_id: str) -> tuple[Rating, ...]:
        sql = "SELECT rating FROM ratings WHERE tenant = ? AND ticket = ? ORDER BY episode"
        rows = await self._database.read(lambda connection: connection.execute(sql, (tenant, ticket_id)).fetchall())
        return tuple(Rating.model_validate_json(row[0]) for row in rows)

    async def summary(self, tenant: str, period: Period) -> Ratings:
        values = (tenant, moment(period.since), moment(period.until))
        sql = "SELECT count(*), avg(score) FROM ratings WHERE tenant = ? AND at >= ? AND at < ?"

        def work(connection: sqlite3.Connection) -> Ratings:
            count, average = connection.execute(sql, values).fetchone()
            return Ratings(count=count, average=average)

        return await self._database.read(work)

    async def forget(self, tenant: str, ticket_id: str) -> int:
        sql = "DELETE FROM ratings WHERE tenant = ? AND ticket = ?"
        return await self._database.write(lambda connection: connection.execute(sql, (tenant, ticket_id)).rowcount)

    def close(self) -> None:
        self._database.close()
