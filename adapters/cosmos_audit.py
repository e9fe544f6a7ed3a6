"""The audit trail in Cosmos DB, in a container of its own where the app's identity may add and read, nothing else."""

import asyncio
import json
from typing import Any

from adapters.audit import cursor_number
from adapters.cosmos import Item, Items, key
from adapters.cosmos_account import Cosmos
from adapters.cosmos_containers import AUDIT
from adapters.cosmos_listing import Conditions
from adapters.paging import moment, page_size
from shared.audit import BEGINNING, AuditEntry, AuditLine, AuditPage, AuditQuery, Verification, digest_of, verify
from shared.cursors import opaque

_KIND, _PARTITION = "line", "audit"


class CosmosAudit:
    """Implements the Audit port. All lines are in one partition, since one transaction adds a line to the one before.

    A line's id is its number, so of two that follow the same line one is refused, and is written after the other.
    """

    def __init__(self, cosmos: Cosmos):
        self._items = Items(cosmos, AUDIT, "audit")
        self._one_at_a_time = asyncio.Lock()

    async def record(self, entry: AuditEntry) -> bool:
        async with self._one_at_a_time:
            return await self._items.repeat(lambda: self._append(entry))

    async def _append(self, entry: AuditEntry) -> bool | None:
        """None where another line was faster."""
        known = {"pk": _PARTITION, "id": key("key", entry.key), "kind": "key"}
        if await self._items.read(_PARTITION, known["id"]) is not None:
            return False
        sql = "SELECT TOP @most * FROM c WHERE c.kind = @kind ORDER BY c.number DESC"
        last = await self._items.query(sql, _PARTITION, kind=_KIND, most=1)
        number, previous = (last[0]["number"] + 1, last[0]["digest"]) if last else (1, BEGINNING)
        line = _item(entry, number, digest_of(entry, number, previous))
        refused = await self._items.batch(_PARTITION, [("create", (known,)), ("create", (line,))])
        return True if refused is None else None

    async def find(self, query: AuditQuery) -> AuditPage:
        size = page_size(query.limit)
        wanted = _conditions(query)
        sql = f"SELECT TOP @most * FROM c WHERE {wanted} ORDER BY c.number DESC"
        rows = await self._items.query(sql, _PARTITION, most=size + 1, **wanted.values)
        shown = rows[:size]
        more = opaque(shown[-1]["at"], str(shown[-1]["number"])) if len(rows) > size else None
        return AuditPage(items=tuple(_line(row) for row in shown), next_cursor=more)

    async def verify(self) -> Verification:
        sql = "SELECT * FROM c WHERE c.kind = @kind ORDER BY c.number"
        rows = await self._items.query(sql, _PARTITION, kind=_KIND)
        return verify(_line(row) for row in rows)


def _conditions(query: AuditQuery) -> Conditions:
    wanted = Conditions(_KIND, tenant=query.tenant)
    if query.actor is not None:
        wanted.add(f"c.actor = {wanted.parameter(query.actor)}")
    if query.target is not None:
        target = wanted.parameter(query.target)
        wanted.add(f"(c.target = {target} OR c.within = {target})")
    if query.since is not None:
        wanted.add(f"c.at >= {wanted.parameter(moment(query.since))}")
    if query.until is not None:
        wanted.add(f"c.at < {wanted.parameter(moment(query.until))}")
    if query.cursor is not None:
        wanted.add(f"c.number < {wanted.parameter(cursor_number(query.cursor))}")
    return wanted


def _item(entry: AuditEntry, number: int, digest: str) -> Item:
    """`entry` is kept as text: a digest covers every letter, and the service may write a number otherwise."""
    within = {"within": entry.within} if entry.within is not None else {}
    return {
        "pk": _PARTITION, "id": f"{number:012}", "kind": _KIND, "number": number, "digest": digest,
        "tenant": entry.tenant, "actor": entry.actor, "target": entry.target, "at": moment(entry.at), **within,
        "body": {"entry": json.dumps(entry.model_dump(mode="json"))},
    }  # fmt: skip


def _line(row: dict[str, Any]) -> AuditLine:
    return AuditLine(number=row["number"], digest=row["digest"], **json.loads(row["body"]["entry"]))
