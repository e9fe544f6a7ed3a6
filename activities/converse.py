"""The steps of a conversation's turn: wait for one's turn, ask the agent, open a ticket, keep what was said."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from activities.intake import accept, accepted_ticket, ticket_id
from activities.learning import start_learning
from shared import names
from shared.conversations import (
    Conversation,
    Standing,
    TicketOpened,
    TicketWanted,
    TurnInput,
    TurnKept,
    TurnOutcome,
    conversation_path,
    session_path,
)
from shared.errors import Permanent, Unavailable
from shared.exchanged import Done
from shared.instances import InstanceState
from shared.learning import LearnRequest
from shared.masking import mask
from shared.ports import Desk
from shared.tickets import TicketRequest

START_PATIENCE = timedelta(seconds=10)
"""A message that took its place and has not started by then never will: its door died between the two."""
DESCRIPTION_CHARS = 20_000


async def take_turn(given: TurnInput, desk: Desk) -> Standing:
    """Wait while an earlier message is being answered; leave the answer to a later one that waits for this one."""
    earlier = await asyncio.gather(*(_turn(given, message_id, desk) for message_id in given.before))
    is_new = datetime.now(UTC) < given.accepted_at + START_PATIENCE
    if any(is_new if state is None else not state.ended for state in earlier):
        return Standing(what="wait")
    left = [outcome for state in earlier if (outcome := _outcome(state)) and outcome.joined_by == given.message_id]
    texts = tuple(text for outcome in left for text in outcome.texts)
    later = await desk.turn_order.after(given.conversation.thread, given.message_id)
    for message_id in later:
        if _waits_for(given.message_id, await _turn(given, message_id, desk)):
            return Standing(what="joined", texts=texts, joined_by=message_id)
    return Standing(what="go", texts=texts)


async def open_ticket(wanted: TicketWanted, desk: Desk) -> TicketOpened:
    """Safe to repeat: the ticket's id follows from the message's."""
    conversation = wanted.conversation
    earlier = "\n".join(f"{turn.role}: {turn.text}" for turn in wanted.history)
    context = f"\n\nEarlier in the conversation:\n{earlier}" if earlier else ""
    request = TicketRequest(
        subject=wanted.subject or "From a conversation",
        description=f"{wanted.text}{context}"[:DESCRIPTION_CHARS],
        requester=conversation.requester,
        channel="conversation",
    )
    identity = ticket_id(conversation.tenant, "conversation", f"{conversation.thread}:{wanted.message_id}")
    ticket = accepted_ticket(request, conversation.tenant, identity)
    accepted = await accept(ticket, desk.policy, desk)
    return TicketOpened(ticket_id=accepted.ticket_id)


async def keep_turn(kept: TurnKept, desk: Desk) -> Done:
    """Remember what was said, masked, with the session after it; make room for the next, and learn from it."""
    conversation = kept.conversation
    turns = [turn.model_copy(update={"text": mask(turn.text)[0]}) for turn in kept.turns]
    await desk.turn_order.leave(conversation.thread, kept.message_id)
    if not turns:
        return Done()
    append = desk.memory.append(conversation.tenant, conversation.requester.id, conversation.thread, turns)
    down = await asyncio.gather(
        _down(append), _down(_keep_session(kept, desk)), _down(_keep_record(conversation, desk))
    )
    request = LearnRequest(
        requester_id=conversation.requester.id,
        thread=conversation.thread,
        source=conversation.thread,
        said_at=datetime.now(UTC),
        turns=tuple(turns),
    )
    await start_learning(conversation.tenant, request, f"{conversation.thread}:{kept.message_id}", desk)
    return Done(degraded=next(filter(None, down), None))


async def _down(keeping: Awaitable[None]) -> str | None:
    """What kept one thing from being kept, so that the other still is."""
    try:
        await keeping
    except Unavailable as error:
        return error.dependency
    return None


async def _keep_session(kept: TurnKept, desk: Desk) -> None:
    if kept.session is not None:
        path = session_path(kept.conversation.thread)
        await desk.artifacts.write(path, kept.session.model_dump_json().encode())


async def _keep_record(conversation: Conversation, desk: Desk) -> None:
    """Write the record as it is: what was not used for long goes. Nothing where it was forgotten meanwhile."""
    path = conversation_path(conversation.thread)
    with suppress(Permanent):
        record = await desk.artifacts.read(path)
        await desk.artifacts.swap(path, record, record)


async def _turn(given: TurnInput, message_id: str, desk: Desk) -> InstanceState | None:
    return await desk.instances.state(names.turn_instance(given.conversation.thread, message_id))


def _outcome(state: InstanceState | None) -> TurnOutcome | None:
    return TurnOutcome.model_validate(state.output) if state is not None and state.output is not None else None


def _waits_for(message_id: str, state: InstanceState | None) -> bool:
    """Whether that turn has not begun to answer, and knows that it comes after this message."""
    if state is None or state.ended or state.custom_status == names.ANSWERING:
        return False
    return message_id in TurnInput.model_validate(state.input).before
