"""The archive in Cosmos DB: each ticket in a partition of its own, found across all of them."""

import json
import math
from collections import Counter
from datetime import datetime
from typing import Any

from adapters.archive import as_similar, is_worth_finding
from adapters.cosmos import Item, Items, key
from adapters.cosmos_account import Cosmos
from adapters.cosmos_containers import DESK
from adapters.cosmos_listing import Conditions, page, place
from adapters.paging import moment
from adapters.stems import stem
from adapters.words import folded_words, search_terms, without_accents
from shared.archives import TicketPage, TicketQuery
from shared.desk import TicketDocument
from shared.errors import DeskError, Unavailable
from shared.readings import OPEN_STATUSES, OpenTicket, Standing
from shared.sla import Calendar
from shared.statistics import Fact, Period, Statistics, counted
from shared.thinking import SimilarTicket

_KIND = "ticket"
_QUERY_TERMS = 24
_TERMS = 200
_WORDS = 200
"""An answer's words beyond these are not looked up by."""
_CANDIDATES = 200
"""The newest tickets that share a word are weighed against each other, older ones not."""


class CosmosArchive:
    """Implements the Archive port."""

    def __init__(self, cosmos: Cosmos):
        self._items = Items(cosmos, DESK, "archive")

    async def put(self, document: TicketDocument) -> bool:
        item = _item(document)

        def newer(before: Item | None) -> Item | None:
            return item if before is None or before["version"] < document.version else None

        return await self._items.change(item["pk"], item["id"], newer) is not None

    async def get(self, tenant: str, ticket_id: str) -> TicketDocument | None:
        item = await self._items.read(*_where(tenant, ticket_id))
        return _document(item) if item else None

    async def find(self, query: TicketQuery) -> TicketPage:
        """Newest first; a page holds between 1 and LARGEST_PAGE tickets, whatever limit is asked for."""
        rows, more = await page(self._items, _conditions(query), query.limit, query.cursor)
        return TicketPage(items=tuple(_document(row) for row in rows), next_cursor=more)

    async def of_requester(self, tenant: str, requester_id: str) -> tuple[TicketDocument, ...]:
        wanted = Conditions(_KIND, tenant=tenant)
        wanted.add(f"c.requester = {wanted.parameter(requester_id)}")
        rows = await self._items.query(f"SELECT * FROM c WHERE {wanted}", **wanted.values)
        return tuple(_document(row) for row in rows)

    async def remove(self, tenant: str, ticket_id: str) -> bool:
        return await self._items.delete(*_where(tenant, ticket_id))

    async def similar(self, tenant: str, text: str, limit: int) -> tuple[SimilarTicket, ...]:
        """Tickets that share at least two telling words with `text`, or its only one; those with the rarest first."""
        terms = dict.fromkeys(_stemmed(text, _QUERY_TERMS))
        if not terms:
            return ()
        wanted = Conditions(_KIND, tenant=tenant)
        wanted.add("(" + " OR ".join(f"ARRAY_CONTAINS(c.terms, {wanted.parameter(term)})" for term in terms) + ")")
        sql = f"SELECT TOP @most VALUE c.body.similar FROM c WHERE {wanted} ORDER BY c.sort DESC"
        found = await self._items.query(sql, most=_CANDIDATES, **wanted.values)
        shared = [(terms.keys() & set(row["terms"]), row["ticket"]) for row in found]
        spread = Counter(term for words, _ in shared for term in words)
        weight = {term: math.log(1 + len(found) / count) for term, count in spread.items()}
        alike = [(words, ticket) for words, ticket in shared if len(words) >= min(2, len(terms))]
        alike.sort(key=lambda one: -sum(weight[term] for term in one[0]))
        return tuple(SimilarTicket.model_validate(ticket) for _, ticket in alike[:limit])

    async def due_to_close(self, now: datetime, limit: int) -> tuple[TicketDocument, ...]:
        wanted = Conditions(_KIND, status=("resolved", "waiting_for_requester"))
        wanted.add(f"c.closes_at <= {wanted.parameter(moment(now))}")
        sql = f"SELECT TOP @most * FROM c WHERE {wanted} ORDER BY c.closes_at"
        rows = await self._items.query(sql, most=limit, **wanted.values)
        return tuple(_document(row) for row in rows)

    async def standing(self, tenant: str, since: datetime) -> Standing:
        is_open = Conditions(_KIND, tenant=tenant, status=OPEN_STATUSES)
        open_tickets = await self._items.query(f"SELECT VALUE c.body.open FROM c WHERE {is_open}", **is_open.values)
        decided = Conditions(_KIND, tenant=tenant)
        decided.add(f"c.at >= {decided.parameter(moment(since))} AND IS_DEFINED(c.decided)")
        decisions = await self._items.query(f"SELECT VALUE c.decided FROM c WHERE {decided}", **decided.values)
        found = tuple(OpenTicket.model_validate(ticket) for ticket in open_tickets)
        return Standing(open=found, decided=dict(Counter(decisions)))

    async def statistics(self, tenant: str, period: Period, calendar: Calendar) -> Statistics:
        created = Conditions(_KIND, tenant=tenant)
        since, until = created.parameter(moment(period.since)), created.parameter(moment(period.until))
        created.add(f"c.at >= {since} AND c.at < {until}")
        rows = await self._items.query(f"SELECT VALUE c.body.fact FROM c WHERE {created}", **created.values)
        return counted((Fact(*row) for row in rows), period, calendar)

    async def check(self) -> None:
        try:
            await self._items.read(*_where("", "check"))
        except Unavailable:
            raise
        except DeskError as error:
            raise Unavailable("archive", str(error)) from error


def _where(tenant: str, ticket_id: str) -> tuple[str, str]:
    return key(_KIND, tenant, ticket_id), _KIND


def _conditions(query: TicketQuery) -> Conditions:
    wanted = Conditions(_KIND, tenant=query.tenant, status=query.status, priority=query.priority)
    wanted.any_of("category", query.category)
    wanted.any_of("requester", query.requester)
    wanted.any_of("batch", query.batch)
    if query.assigned_to is not None:
        wanted.add(f"c.assigned_to = {wanted.parameter(query.assigned_to)}")
    if query.words is not None:
        for word in folded_words(query.words) or ("",):
            name = wanted.parameter(word)
            begins = f"EXISTS(SELECT VALUE w FROM w IN c.words WHERE STARTSWITH(w, {name}))"
            wanted.add(begins if word else f"c.kind = {name}")  # no word at all finds nothing, as in every archive
    return wanted


def _item(document: TicketDocument) -> Item:
    pk, identity = _where(document.tenant, document.id)
    escalation, plain = document.escalation, document.model_dump(mode="json")
    proposed = escalation is not None and bool(escalation.proposed_answer is not None or escalation.actions)
    decision = escalation.decided.decision if escalation and escalation.decided else None
    looked_for: dict[str, Any] = {
        "tenant": document.tenant, "version": document.version, "status": document.status,
        "priority": document.priority, "category": document.category, "requester": document.requester.id,
        "batch": document.batch_id, "closes_at": moment(document.closes_at) if document.closes_at else None,
        "assigned_to": escalation.assigned_to if escalation and document.status == "escalated" else None,
        "decided": decision if proposed and decision != "reassign" else None, "words": _lookup_words(document),
    }  # fmt: skip
    body: dict[str, Any] = {
        "document": plain,
        "fact": _fact(document, plain, proposed, decision),
        "open": {name: plain[name] for name in ("id", "status", "priority", "clocks")}
        | {"escalated_at": plain["escalation"]["opened_at"] if escalation else None},
    }
    if is_worth_finding(document):
        looked_for["terms"] = sorted(set(_stemmed(f"{document.subject} {document.answer}", _TERMS)))
        body["similar"] = {"terms": looked_for["terms"], "ticket": as_similar(document).model_dump()}
    known = {name: value for name, value in looked_for.items() if value is not None}
    return {"pk": pk, "id": identity, "kind": _KIND, **place(document.created_at, document.id), **known, "body": body}


def _fact(document: TicketDocument, plain: Item, proposed: bool, decision: str | None) -> Fact:
    over = document.status in ("resolved", "closed")
    failed = any(step.outcome.startswith("failed") for step in document.steps)
    return Fact(
        created_at=moment(document.created_at), status=document.status, route=document.route,
        resolved_at=plain["resolved_at"] if over else None, episode=document.episode,
        cost_usd=document.usage.cost_usd, model_calls=document.usage.model_calls, decision=decision,
        proposed=proposed, answered=document.answer is not None, citations=len(document.citations),
        met_error=bool(document.degraded) or failed, clocks=json.dumps(plain["clocks"]),
    )  # fmt: skip


def _lookup_words(document: TicketDocument) -> list[str]:
    requester = (value for value in document.requester.model_dump().values() if isinstance(value, str))
    texts = (document.subject, document.id, document.external_id, *requester, document.answer)
    words = folded_words(" ".join(text for text in texts if text))
    return list(dict.fromkeys(words))[:_WORDS]


def _stemmed(text: str, limit: int) -> list[str]:
    """As the laptop's archive does: English endings, and accents do not matter."""
    return [stem(without_accents(term), "en") for term in search_terms(text, limit)]


def _document(item: Item) -> TicketDocument:
    return TicketDocument.model_validate(item["body"]["document"])
