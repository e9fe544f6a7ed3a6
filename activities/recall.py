"""What is known already: who asks, what was said, what the knowledge base holds, how the services are."""

import asyncio
from collections.abc import Awaitable

from shared.catalog import named_in
from shared.desk import Recall
from shared.errors import Unavailable
from shared.ports import Desk
from shared.thinking import Profile, Recollection
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
    profile, history, found, similar, services, catalog = await asyncio.gather(
        unless_down(desk.directory.profile(requester.id, requester.email), stranger),
        unless_down(desk.memory.read(request.tenant, requester.id, request.thread), ()),
        desk.knowledge.search(text, language=language, limit=PASSAGE_LIMIT),
        unless_down(desk.archive.similar(request.tenant, text, SIMILAR_LIMIT), ()),
        unless_down(desk.directory.services(), ()),
        unless_down(desk.catalog.items(), ()),
    )
    return Recollection(
        profile=profile,
        history=history,
        passages=found.passages,
        similar=tuple(without_private(ticket) for ticket in similar if ticket.id != request.ticket_id),
        services=services,
        catalog=named_in(catalog, request.text),
        degraded=tuple(sorted({*degraded, *found.degraded})),
    )
