"""What the crew of the watch has to look at: the desk's own last day, or what sources have on a topic."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from activities.shielding import without_attacks
from shared.archives import TicketQuery
from shared.desk import TicketDocument
from shared.errors import Unavailable
from shared.foreign_text import gives_orders
from shared.masking import mask
from shared.model import Model
from shared.ports import Desk
from shared.readings import OPEN_STATUSES
from shared.sources import SourceItem
from shared.thinking import Passage, ServiceState
from shared.watch import Candidate
from shared.watch_digest import DeskDay, digest

DAY = timedelta(days=1)
PAGE, MOST_TICKETS = 200, 4_000
MOST_PUBLISHED, MOST_SIMILAR, MOST_CATEGORIES, MOST_PASSAGES = 20, 50, 3, 4
FRESH = timedelta(days=7)
SOURCES = "watch"
"""The list of sources that every topic is looked up in; a topic may have one of its own name as well."""


class Material(Model):
    """`asked` is how many requests it took outside; `degraded` names what could not be asked."""

    candidates: tuple[Candidate, ...]
    asked: int = 0
    degraded: tuple[str, ...] = ()


async def find_material(topic: str | None, tenant: str, until: datetime, desk: Desk) -> Material:
    """Raises Unavailable where the desk is the subject and the archive, which has all of it, is down."""
    found = await (_on_desk(tenant, until, desk) if topic is None else _on_topic(topic, tenant, until, desk))
    return await without_attacks(found, desk.shield)


async def _on_desk(tenant: str, until: datetime, desk: Desk) -> Material:
    recent, too_many = await _tickets(desk, TicketQuery(tenant=tenant, limit=PAGE), until - 2 * DAY)
    open_now, more_open = await _tickets(desk, TicketQuery(tenant=tenant, status=OPEN_STATUSES, limit=PAGE), None)
    services, down = await _or_none(desk.directory.services)
    day = DeskDay(
        until=until,
        came=[document for document in recent if until - DAY <= document.created_at < until],
        came_before=[document for document in recent if document.created_at < until - DAY],
        open_now=open_now,
        services=services,
    )
    found = digest(day, desk.policy.sla.calendar)
    cut = (f"archive:newest {MOST_TICKETS}",) if too_many or more_open else ()
    return Material(candidates=tuple(one for one in found if not gives_orders(one.summary)), degraded=(*down, *cut))


async def _tickets(desk: Desk, query: TicketQuery, since: datetime | None) -> tuple[list[TicketDocument], bool]:
    """Newest first, none older than `since`, and whether there were more than are counted."""
    found: list[TicketDocument] = []
    while True:
        page = await desk.archive.find(query)
        found += [document for document in page.items if since is None or document.created_at >= since]
        if page.next_cursor is None or (since is not None and page.items[-1].created_at < since):
            return found, False
        if len(found) >= MOST_TICKETS:
            return found, True
        query = query.model_copy(update={"cursor": page.next_cursor})


async def _on_topic(topic: str, tenant: str, until: datetime, desk: Desk) -> Material:
    masked = mask(topic)[0]
    since = until - FRESH
    own, common = await asyncio.gather(
        desk.sources.fetch(topic, since=since, limit=MOST_PUBLISHED),
        desk.sources.fetch(SOURCES, query=masked, since=since, limit=MOST_PUBLISHED),
    )
    published = {item.url: item for item in (*own.items, *common.items)}
    resolved, down = await _or_none(lambda: _resolved(masked, tenant, desk))
    known = await desk.knowledge.search(masked, limit=MOST_PASSAGES)
    articles = {passage.article_id: _known(passage) for passage in reversed(known.passages)}
    failed = (f"source:{why.partition(': ')[0]}" for why in (*own.failed, *common.failed))
    return Material(
        candidates=(
            *(_published(number, item) for number, item in enumerate(published.values(), start=1)),
            *resolved,
            *(one for one in articles.values() if not gives_orders(one.summary)),
        ),
        asked=len(own.asked) + len(common.asked) + len(own.failed) + len(common.failed),
        degraded=tuple(dict.fromkeys((*down, *known.degraded, *failed))),
    )


def _published(number: int, item: SourceItem) -> Candidate:
    return Candidate(
        id=f"published-{number}", title=item.title, source=item.url, date=item.published,
        summary=item.summary or item.title, category="news",
    )  # fmt: skip


async def _resolved(topic: str, tenant: str, desk: Desk) -> tuple[Candidate, ...]:
    """How many resolved tickets resemble the topic, by category; nobody's words outlive their ticket in a brief."""
    alike = await desk.archive.similar(tenant, topic, MOST_SIMILAR)
    return tuple(
        Candidate(
            id=f"tickets-{category}", title=f"Resolved tickets of the category {category}", date=None,
            source=f"/api/tickets?category={category}", category="tickets", figures={"count": count},
            summary=f"{count} of {len(alike)} resolved tickets that resemble the topic are of the category {category}.",
        )
        for category, count in Counter(ticket.category for ticket in alike).most_common(MOST_CATEGORIES)
    )  # fmt: skip


def _known(passage: Passage) -> Candidate:
    return Candidate(
        id=f"article-{passage.article_id}", title=f"{passage.title}: {passage.section}"[:300], date=None,
        source=f"/api/knowledge/{passage.article_id}", summary=passage.text[:1_000], category="knowledge",
    )  # fmt: skip


async def _or_none[T: (ServiceState, Candidate)](
    look_up: Callable[[], Awaitable[tuple[T, ...]]],
) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """What was found and no complaint, or nothing and the name of what is down."""
    try:
        return await look_up(), ()
    except Unavailable as error:
        return (), (error.dependency,)
