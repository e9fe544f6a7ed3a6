"""The audit trail in a SQLite file of its own, which refuses to change or drop a line."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adapters.paging import moment, page_size, position
from adapters.sqlite import Database
from shared.audit import BEGINNING, AuditEntry, AuditLine, AuditPage, AuditQuery, Verification, digest_of, verify
from shared.cursors import opaque
from shared.errors import InvalidCursor

_SCHEMA = """
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    actor TEXT NOT NULL,
    target TEXT NOT NULL,
    within TEXT,
    at TEXT NOT NULL,
    digest TEXT NOT NULL,
    entry TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_by_actor ON audit (tenant, actor, number);
CREATE INDEX IF NOT EXISTS audit_by_target ON audit (tenant, target, number);
CREATE INDEX IF NOT EXISTS audit_by_whole ON audit (tenant, within, number);
CREATE INDEX IF NOT EXISTS audit_by_time ON audit (tenant, at);
CREATE TRIGGER IF NOT EXISTS audit_keeps_lines BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;
CREATE TRIGGER IF NOT EXISTS audit_keeps_words BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END;
"""


class SqliteAudit:
    """Implements the Audit port; several processes may use the same file."""

    def __init__(self, path: str | Path):
        self._database = Database(path, "audit", _SCHEMA, durable=True)

    async def record(self, entry: AuditEntry) -> bool:
        return await self._database.write(lambda connection: _append(connection, entry))

    async def find(self, query: AuditQuery) -> AuditPage:
        size = page_size(query.limit)
        sql, values = _statement(query, size + 1)
        rows = await self._database.read(lambda connection: connection.execute(sql, values).fetchall())
        page = rows[:size]
        last = opaque(page[-1][3], str(page[-1][0])) if len(rows) > size else None
        return AuditPage(items=tuple(_line(row) for row in page), next_cursor=last)

    async def verify(self) -> Verification:
        return await self._database.read(lambda connection: verify(_all(connection)))

    def close(self) -> None:
        self._database.close()


def _append(connection: sqlite3.Connection, entry: AuditEntry) -> bool:
    """Within a transaction that holds the write lock, so that no two lines follow the same one."""
    if connection.execute("SELECT 1 FROM audit WHERE key = ?", (entry.key,)).fetchone():
        return False
    last = connection.execute("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    number, previous = (last[0] + 1, last[1]) if last else (1, BEGINNING)
    values = (
        number, entry.key, entry.tenant, entry.actor, entry.target, entry.within, moment(entry.at),
        digest_of(entry, number, previous), json.dumps(entry.model_dump(mode="json")),
    )  # fmt: skip
    connection.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    return True


def _statement(query: AuditQuery, rows: int) -> tuple[str, tuple[Any, ...]]:
    where, values = ["tenant = ?"], [query.tenant]
    if query.actor is not None:
        where.append("actor = ?")
        values.append(query.actor)
    if query.target is not None:
        where.append("(target = ? OR within = ?)")
        values += [query.target, query.target]
    if query.since is not None:
        where.append("at >= ?")
        values.append(moment(query.since))
    if query.until is not None:
        where.append("at < ?")
        values.append(moment(query.until))
    if query.cursor is not None:
        where.append("number < ?")
        values.append(str(cursor_number(query.cursor)))
    sql = f"SELECT number, digest, entry, at FROM audit WHERE {' AND '.join(where)} ORDER BY number DESC LIMIT ?"
    return sql, (*values, rows)


def cursor_number(given: str) -> int:
    """The line that a page ended with. Raises InvalidCursor."""
    _, number = position(given)
    if not number.isascii() or not number.isdecimal() or len(number) > 18:
        raise InvalidCursor("the cursor is not one that a listing gave")
    return int(number)


def _line(row: tuple[Any, ...]) -> AuditLine:
    return AuditLine(number=row[0], digest=row[1], **json.loads(row[2]))


def _all(connection: sqlite3.Connection) -> Iterator[AuditLine]:
    return (_line(row) for row in connection.execute("SELECT number, digest, entry, at FROM audit ORDER BY number"))
