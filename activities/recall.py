"""What is known already: who asks, what was said, what the knowledge base holds, how the services are."""

import asyncio
from collections.abc import Awaitable

from activities.shielding import without_attacks
from agents.compaction import shown_history
from shared.catalog import named_in
from shared.errors import Unavailable
from shared.exchanged import Recall
from shared.ports import Desk
from shared.thinking import KnownFact, Profile, Recollection, Turn
from shared.visibility import without_private

SIMILAR_LIMIT = 3
PASSAGE_LIMIT = 6


async def recall(request: Recall, desk: Desk) -> Recollection:
    """Ask every source at once; one that is down is named in `degraded` and the ticket goes on without it."""
    requester = request.requester
    degraded: list[str] = []

    async def unless_down[T](source: Awaitable[T], otherwise: T) -> T:
        try:
            return await source
        except Unavailable as error:
            degraded.append(error.dependency)
            return otherwise

    text, language = request.text, request.language
    stranger = Profile(id=requester.id, known=False)
    profile, (history, facts), found, similar, services, catalog = await asyncio.gather(
        unless_down(desk.directory.profile(requester.id, requester.email), stranger),
        unless_down(_remembered(request, desk), ((), ())),
        desk.knowledge.search(text, language=language, limit=PASSAGE_LIMIT),
        unless_down(desk.archive.similar(request.tenant, text, SIMILAR_LIMIT), ()),
        unless_down(desk.directory.services(), ()),
        unless_down(desk.catalog.items(), ()),
    )
    known = Recollection(
        profile=profile,
        history=history,
        known_facts=facts,
        passages=found.passages,
        similar=tuple(without_private(ticket) for ticket in similar if ticket.id != request.ticket_id),
        services=services,
        catalog=named_in(catalog, request.text),
        link_hosts=desk.policy.link_hosts,
        degraded=tuple(sorted({*degraded, *found.degraded})),
    )
    return await without_attacks(known, desk.shield)


async def _remembered(request: Recall, desk: Desk) -> tuple[tuple[Turn, ...], tuple[KnownFact, ...]]:
    """The conversation, cut to what agents have room for, and what is known of the requester for this question."""
    tenant, requester = request.tenant, request.requester.id
    history, summary, facts = await asyncio.gather(
        desk.memory.read(tenant, requester, request.thread),
        desk.memory.summary(tenant, requester, request.thread),
        desk.user_memory.fitting(tenant, requester, request.text),
    )
    shown = tuple(KnownFact(kind=fact.kind, topic=fact.topic, text=fact.text) for fact in facts)
    return await shown_history(history, summary, desk.memory_policy), shown
