"""Opening, finding and forgetting conversations, and taking in what is said in them."""

import hashlib
import logging
import uuid
from datetime import UTC, datetime

from pydantic import ValidationError

from agents.sessions import forgotten_by_service
from shared import names
from shared.conversations import (
    CONVERSATIONS,
    MOST_OUTSTANDING,
    OWNER_CHARS,
    Conversation,
    TurnInput,
    TurnOutcome,
    conversation_path,
    owner_of,
    session_path,
)
from shared.errors import Permanent
from shared.instances import InstanceState
from shared.ports import Desk
from shared.tickets import Requester

log = logging.getLogger("helpdesk.conversations")


class TooManyOutstanding(Permanent):
    """The thread has as many unanswered messages as it may have."""


class SaidOtherwise(Permanent):
    """The same key was used with another text."""


async def open_conversation(tenant: str, requester: Requester, key: str | None, desk: Desk) -> Conversation:
    """A new thread, or the one that the same requester opened under the same key before.

    A thread's id cannot be guessed: whoever knows it was told it. Raises SaidOtherwise for a key whose requester was
    described otherwise.
    """
    owner = owner_of(tenant, requester.id)
    conversation = Conversation(
        thread=f"{owner}{uuid.uuid4().hex}", tenant=tenant, requester=requester, opened_at=datetime.now(UTC)
    )
    if key is not None:
        opened = f"{CONVERSATIONS}{owner}/opened-{hashlib.sha256(key.encode()).hexdigest()}.json"
        if not await desk.artifacts.create(opened, conversation.model_dump_json().encode()):
            conversation = Conversation.model_validate_json(await desk.artifacts.read(opened))
            if conversation.requester != requester:
                raise SaidOtherwise("the same Idempotency-Key was used for another requester")
    await desk.artifacts.create(conversation_path(conversation.thread), conversation.model_dump_json().encode())
    return conversation


async def conversation_of(tenant: str, thread: str, desk: Desk) -> Conversation:
    """Raises Permanent when there is no such thread of this tenant."""
    conversation = Conversation.model_validate_json(await desk.artifacts.read(conversation_path(thread)))
    if conversation.tenant != tenant:
        raise Permanent(f"there is no conversation {thread}")
    return conversation


async def say(conversation: Conversation, text: str, key: str | None, desk: Desk) -> str:
    """Take a message in, once a key; it has its place in the order before it is acknowledged. Returns its id.

    Raises TooManyOutstanding, SaidOtherwise.
    """
    thread = conversation.thread
    message_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{thread}:{key}").hex if key else uuid.uuid4().hex
    instance_id = names.turn_instance(thread, message_id)
    if key and (found := await desk.instances.state(instance_id)) is not None:
        return _repeated(found, text)
    before = await desk.turn_order.join(thread, message_id)
    if len(before) >= MOST_OUTSTANDING:
        await desk.turn_order.leave(thread, message_id)
        raise TooManyOutstanding(f"{len(before)} messages of this conversation wait for an answer")
    turn = TurnInput(
        conversation=conversation,
        message_id=message_id,
        text=text,
        before=before,
        accepted_at=datetime.now(UTC),
        policy=desk.policy,
    )
    if not await desk.instances.start(names.ANSWER_MESSAGE, instance_id, turn):
        found = await desk.instances.state(instance_id)
        return message_id if found is None else _repeated(found, text)
    return message_id


def _repeated(found: InstanceState, text: str) -> str:
    earlier = TurnInput.model_validate(found.input)
    if earlier.text != text:
        raise SaidOtherwise("the same Idempotency-Key was used with another message")
    return earlier.message_id


async def outcome_of(thread: str, message_id: str, desk: Desk) -> TurnOutcome | None:
    """What came of a message, followed to the one it was answered with; None while it is being answered.

    Raises Permanent for a message that never was, or whose turn failed for good.
    """
    found = await desk.instances.state(names.turn_instance(thread, message_id))
    if found is None:
        raise Permanent(f"there is no message {message_id} in this conversation")
    if not found.ended:
        return None
    if found.output is None:
        raise Permanent(f"message {message_id} could not be answered: {found.failure or found.status}")
    outcome = TurnOutcome.model_validate(found.output)
    if outcome.joined_by is None:
        return outcome
    answered = await outcome_of(thread, outcome.joined_by, desk)
    return answered and answered.model_copy(update={"id": message_id, "joined_by": outcome.joined_by})


async def forget_conversation(conversation: Conversation, desk: Desk) -> str | None:
    """Its history, its record and its turns, and what the model's service keeps of it; safe to repeat.

    Says what is left there, where the service refuses to delete it. Raises Unavailable.
    """
    thread = conversation.thread
    left = await _forget_at_service(thread, desk)
    await desk.memory.forget(conversation.tenant, conversation.requester.id, thread)
    for instance in await desk.instances.all_with_prefix(names.turn_instance(thread, "")):
        await desk.instances.purge(instance.instance_id)
    for path in await desk.artifacts.list(f"{CONVERSATIONS}{thread[:OWNER_CHARS]}/opened-"):
        if Conversation.model_validate_json(await desk.artifacts.read(path)).thread == thread:
            await desk.artifacts.delete(path)
    await desk.artifacts.delete(session_path(thread))
    await desk.artifacts.delete(conversation_path(thread))
    return left


async def _forget_at_service(thread: str, desk: Desk) -> str | None:
    try:
        session = await desk.artifacts.read(session_path(thread))
    except Permanent:
        return None
    try:
        await forgotten_by_service(session, desk.models)
    except (Permanent, ValidationError) as error:
        why = str(error) if isinstance(error, Permanent) else "its session cannot be read"
        log.warning("a conversation is left at the model's service: %s", why)
        return f"what the model's service keeps of a conversation: {why}"
    return None
