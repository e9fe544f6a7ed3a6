"""The archive on a laptop: tickets in one SQLite file, with filters, paging and similar tickets."""

import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.paging import Filter, is_any_of, moment, newest_first, page_size
from adapters.sqlite import Database
from adapters.ticket_lookup import LOOKUP_SCHEMA
from adapters.words import TOKENIZER, any_of, beginnings, marked_words, search_terms
from shared.archives import TicketPage, TicketQuery
from shared.cursors import opaque
from shared.desk import TicketDocument
from shared.readings import OPEN_STATUSES, OpenTicket, Standing
from shared.sla import Calendar
from shared.statistics import Fact, Period, Statistics, counted
from shared.thinking import SimilarTicket

_SIMILARITY_TERMS = 24

_REQUESTER = "json_extract(document, '$.requester.id')"
_ASSIGNEE = "json_extract(document, '$.escalation.assigned_to')"
_BATCH = "json_extract(document, '$.batch_id')"

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS tickets (
    row INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    priority TEXT,
    category TEXT,
    created_at TEXT NOT NULL,
    closes_at TEXT,
    document TEXT NOT NULL,
    UNIQUE (tenant, id)
);
CREATE INDEX IF NOT EXISTS tickets_newest ON tickets (tenant, created_at, id);
CREATE INDEX IF NOT EXISTS tickets_by_status ON tickets (tenant, status, created_at, id);
CREATE INDEX IF NOT EXISTS tickets_by_priority ON tickets (tenant, priority, created_at, id);
CREATE INDEX IF NOT EXISTS tickets_by_category ON tickets (tenant, category, created_at, id);
CREATE INDEX IF NOT EXISTS tickets_to_close ON tickets (closes_at)
    WHERE status IN ('resolved', 'waiting_for_requester');
CREATE INDEX IF NOT EXISTS tickets_by_requester ON tickets (tenant, {_REQUESTER}, created_at, id);
CREATE INDEX IF NOT EXISTS tickets_by_assignee ON tickets (tenant, {_ASSIGNEE}, created_at, id)
    WHERE status = 'escalated';
CREATE INDEX IF NOT EXISTS tickets_by_batch ON tickets (tenant, {_BATCH}, created_at, id) WHERE {_BATCH} IS NOT NULL;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (subject, answer, tokenize = '{TOKENIZER}');
{LOOKUP_SCHEMA}
"""

_PUT = """
INSERT INTO tickets (tenant, id, version, status, priority, category, created_at, closes_at, document)
VALUES (:tenant, :id, :version, :status, :priority, :category, :created_at, :closes_at, :document)
ON CONFLICT (tenant, id) DO UPDATE SET
    version = excluded.version, status = excluded.status, priority = excluded.priority,
    category = excluded.category, created_at = excluded.created_at, closes_at = excluded.closes_at,
    document = excluded.document
WHERE excluded.version > tickets.version
RETURNING row
"""

_SIMILAR = """
SELECT tickets.document, highlight(words, 0, char(1), char(2)), highlight(words, 1, char(1), char(2))
FROM words JOIN tickets ON tickets.row = words.rowid
WHERE words MATCH ? AND rank MATCH 'bm25(2.0, 1.0)' AND tickets.tenant = ?
ORDER BY rank LIMIT ?
"""

_OPEN_FIELDS = ("id", "status", "priority", "clocks", "escalated_at")
_OPEN = f"""
SELECT id, status, priority, json_extract(document, '$.clocks'), json_extract(document, '$.escalation.opened_at')
FROM tickets WHERE tenant = ? AND status IN ({", ".join("?" for _ in OPEN_STATUSES)})
"""
_DECIDED = """
SELECT json_extract(document, '$.escalation.decided.decision') AS decision, count(*) FROM tickets
WHERE tenant = ? AND created_at >= ? AND decision != 'reassign'
    AND (json_extract(document, '$.escalation.proposed_answer') IS NOT NULL
        OR json_array_length(document, '$.escalation.actions') > 0)
GROUP BY decision
"""
_FACTS = """
SELECT created_at, status, json_extract(document, '$.route'),
    CASE WHEN status IN ('resolved', 'closed') THEN json_extract(document, '$.resolved_at') END,
    json_extract(document, '$.episode'), json_extract(document, '$.usage.cost_usd'),
    json_extract(document, '$.usage.model_calls'),
    json_extract(document, '$.escalation.decided.decision'),
    json_extract(document, '$.escalation.proposed_answer') IS NOT NULL
        OR coalesce(json_array_length(document, '$.escalation.actions'), 0) > 0,
    json_extract(document, '$.answer') IS NOT NULL, json_array_length(document, '$.citations'),
    json_array_length(document, '$.degraded') > 0
        OR EXISTS (SELECT 1 FROM json_each(document, '$.steps') WHERE json_extract(value, '$.outcome') LIKE 'failed%'),
    json_extract(document, '$.clocks')
FROM tickets WHERE tenant = ? AND created_at >= ? AND created_at < ?
"""


class SqliteArchive:
    """Implements the Archive port; several processes may use the same file."""

    def __init__(self, path: str | Path):
        self._database = Database(path, "archive", _SCHEMA)

    async def put(self, document: TicketDocument) -> bool:
        values = {
            "tenant": document.tenant,
            "id": document.id,
            "version": document.version,
            "status": document.status,
            "priority": document.priority,
            "category": document.category,
            "created_at": moment(document.created_at),
            "closes_at": moment(document.closes_at) if document.closes_at else None,
            "document": document.model_dump_json(),
        }
        learnable = is_worth_finding(document)

        def work(connection: sqlite3.Connection) -> bool:
            written = connection.execute(_PUT, values).fetchone()
            if written is None:
                return False
            connection.execute("DELETE FROM words WHERE rowid = ?", written)
            if learnable:
                connection.execute(
                    "INSERT INTO words (rowid, subject, answer) VALUES (?, ?, ?)",
                    (*written, document.subject, document.answer),
                )
            return True

        return await self._database.write(work)

    async def get(self, tenant: str, ticket_id: str) -> TicketDocument | None:
        sql = "SELECT document FROM tickets WHERE tenant = ? AND id = ?"
        rows = await self._rows(sql, (tenant, ticket_id))
        return _document(rows[0]) if rows else None

    async def find(self, query: TicketQuery) -> TicketPage:
        """Newest first; a page holds between 1 and LARGEST_PAGE tickets, whatever limit is asked for."""
        limit = page_size(query.limit)
        sql, values = newest_first("tickets", "document", query.tenant, _filters(query), query.cursor, limit)
        rows = await self._rows(sql, values)
        page = rows[:limit]
        more = len(rows) > limit
        return TicketPage(
            items=tuple(_document(row) for row in page),
            next_cursor=opaque(page[-1][1], page[-1][2]) if more else None,
        )

    async def of_requester(self, tenant: str, requester_id: str) -> tuple[TicketDocument, ...]:
        rows = await self._rows(
            f"SELECT document FROM tickets WHERE tenant = ? AND {_REQUESTER} = ?", (tenant, requester_id)
        )
        return tuple(_document(row) for row in rows)

    async def remove(self, tenant: str, ticket_id: str) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            sql = "DELETE FROM tickets WHERE tenant = ? AND id = ? RETURNING row"
            gone = connection.execute(sql, (tenant, ticket_id)).fetchone()
            if gone is not None:
                connection.execute("DELETE FROM words WHERE rowid = ?", gone)
                # A full-text index keeps the words of deleted rows until its segments are merged.
                connection.execute("INSERT INTO words (words) VALUES ('optimize')")
                connection.execute("INSERT INTO lookup (lookup) VALUES ('optimize')")
            return gone is not None

        return await self._database.write(work)

    async def similar(self, tenant: str, text: str, limit: int) -> tuple[SimilarTicket, ...]:
        """Tickets that share at least two telling words with `text`, or its only one; best first."""
        terms = search_terms(text, _SIMILARITY_TERMS)
        if not terms:
            return ()
        rows = await self._rows(_SIMILAR, (any_of(terms), tenant, 4 * limit))
        shared = min(2, len(terms))
        alike = [row for row in rows if len(marked_words(row[1] + row[2])) >= shared]
        return tuple(as_similar(_document(row)) for row in alike[:limit])

    async def due_to_close(self, now: datetime, limit: int) -> tuple[TicketDocument, ...]:
        sql = (
            "SELECT document FROM tickets WHERE status IN ('resolved', 'waiting_for_requester')"
            " AND closes_at <= ? ORDER BY closes_at LIMIT ?"
        )
        rows = await self._rows(sql, (moment(now), limit))
        return tuple(_document(row) for row in rows)

    async def standing(self, tenant: str, since: datetime) -> Standing:
        open_tickets = await self._rows(_OPEN, (tenant, *OPEN_STATUSES))
        decided = await self._rows(_DECIDED, (tenant, moment(since)))
        return Standing(
            open=tuple(
                OpenTicket.model_validate({**dict(zip(_OPEN_FIELDS, row, strict=True)), "clocks": json.loads(row[3])})
                for row in open_tickets
            ),
            decided=dict(decided),
        )

    async def statistics(self, tenant: str, period: Period, calendar: Calendar) -> Statistics:
        values = (tenant, moment(period.since), moment(period.until))

        def work(connection: sqlite3.Connection) -> Statistics:
            rows = connection.execute(_FACTS, values)
            return counted((Fact(*row) for row in rows), period, calendar)

        return await self._database.read(work)

    async def check(self) -> None:
        await self._rows("SELECT row FROM tickets LIMIT 1", ())

    def close(self) -> None:
        self._database.close()

    async def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        return await self._database.read(lambda connection: connection.execute(sql, values).fetchall())


def _filters(query: TicketQuery) -> list[Filter]:
    filters = [
        *is_any_of("status", query.status),
        *is_any_of("priority", query.priority),
        *is_any_of("category", query.category),
        *is_any_of(_REQUESTER, query.requester),
        *is_any_of(_BATCH, query.batch),
    ]
    if query.assigned_to is not None:
        filters += [("status = 'escalated'", ()), (f"{_ASSIGNEE} = ?", query.assigned_to)]
    if query.words is not None:
        filters.append(("row IN (SELECT rowid FROM lookup WHERE lookup MATCH ?)", beginnings(query.words)))
    return filters


def is_worth_finding(document: TicketDocument) -> bool:
    """Only what was solved; never the words of a ticket that was screened out as hostile."""
    solved = document.status in ("resolved", "closed") and bool(document.answer)
    return solved and document.route not in ("not_a_ticket", "screened_out")


def _document(row: tuple[Any, ...]) -> TicketDocument:
    return TicketDocument.model_validate_json(row[0])


def as_similar(document: TicketDocument) -> SimilarTicket:
    return SimilarTicket(
        id=document.id,
        subject=document.subject,
        category=document.category or "general",
        answer=document.answer,
    )
