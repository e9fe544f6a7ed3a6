"""Keep a turn of the conversation, masked; memory being down costs context, never the ticket."""

from shared.errors import Unavailable
from shared.exchanged import Done, Remembrance
from shared.masking import mask
from shared.ports import Desk
from shared.thinking import Turn


async def remember(kept: Remembrance, desk: Desk) -> Done:
    turns = [Turn(id=turn.id, role=turn.role, text=mask(turn.text)[0]) for turn in kept.turns]
    try:
        await desk.memory.append(kept.tenant, kept.requester_id, kept.thread, turns)
    except Unavailable as error:
        return Done(degraded=error.dependency)
    return Done()
