"""The conversations channel: a requester and the support agent, in threads that only their requester knows."""

import asyncio
import re
import time
import uuid
from datetime import datetime
from typing import Annotated, Literal

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from activities.auditing import Act, audited
from shared.conversations import THREAD_PATTERN, Conversation, ConversationRequest, SaidRequest, TurnOutcome
from shared.cursors import opaque, place_in
from shared.errors import Permanent, SessionRefused, Unavailable
from shared.model import Model
from shared.thinking import Turn
from shared.tickets import Requester
from triggers.answers import SelfLink, part_of
from triggers.http import idempotency_key, json_response, read_model, read_query
from triggers.identity import check_asks_for_themselves, check_is_own, signature
from triggers.operations import IDEMPOTENCY_KEY, door
from triggers.problems import Problem, not_found
from triggers.services import Services

bp = df.Blueprint()

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.5
MESSAGE_ID = re.compile(r"^[0-9a-f]{32}$")


class HistoryPage(Model):
    """Query of GET /conversations/{thread}."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: str | None = None


class ConversationLinks(SelfLink):
    messages: str


class ConversationOpened(Model):
    """`thread` is known to nobody else: whoever has it can read and go on with the conversation."""

    thread: str
    requester: Requester
    opened_at: datetime
    links: ConversationLinks


class AnswerPending(Model):
    id: str
    thread: str
    status: Literal["pending"] = "pending"
    links: SelfLink


class SessionShown(Model):
    """Whose session the next message goes on from; never what is in it."""

    thread: str
    version: int
    written_at: datetime
    agent: str
    model: str
    kept_by: str


Answered = part_of(TurnOutcome, "Answered", without={"texts"})
TurnShown = part_of(Turn, "TurnShown", without={"call_id", "tool"})
ConversationShown = part_of(
    Conversation, "ConversationShown", without={"tenant"},
    messages=(tuple[TurnShown, ...], ...), next_cursor=(str | None, ...), degraded=(tuple[str, ...], ...),
)  # fmt: skip


@door(bp, body=ConversationRequest, headers=(IDEMPOTENCY_KEY,), answers={201: ConversationOpened}, refuses=(409,))
async def open_conversation(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    from activities.conversations import SaidOtherwise, open_conversation

    asked = read_model(req, ConversationRequest)
    check_asks_for_themselves(asked.requester)
    try:
        opened = await open_conversation(services.settings.tenant, asked.requester, idempotency_key(req), services)
    except SaidOtherwise as error:
        raise Problem(409, "Conflict", str(error)) from error
    path = f"/api/conversations/{opened.thread}"
    links = ConversationLinks(self=path, messages=f"{path}/messages")
    body = ConversationOpened(thread=opened.thread, requester=asked.requester, opened_at=opened.opened_at, links=links)
    return json_response(body, 201, {"Location": path})


@door(bp, body=SaidRequest, headers=(IDEMPOTENCY_KEY,), answers={200: Answered, 202: AnswerPending}, refuses=(409,))
async def say_in_conversation(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The answer, if it comes in time; else where it will be."""
    from activities.conversations import SaidOtherwise, TooManyOutstanding, say

    said = read_model(req, SaidRequest)
    conversation = await _conversation(req, services)
    try:
        message_id = await say(conversation, said.text, idempotency_key(req), services)
    except SaidOtherwise as error:
        raise Problem(409, "Conflict", str(error)) from error
    except TooManyOutstanding as error:
        raise Problem(429, "Too many requests", str(error), headers={"Retry-After": "5"}) from error
    ends_at, pause_s = time.monotonic() + services.settings.conversation_wait_s, FIRST_PAUSE_S
    outcome = await _outcome(conversation.thread, message_id, services)
    while outcome is None and time.monotonic() < ends_at:
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
        outcome = await _outcome(conversation.thread, message_id, services)
    return _shown(conversation.thread, message_id, outcome)


@door(bp, answers={200: Answered, 202: AnswerPending})
async def get_answer(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    conversation = await _conversation(req, services)
    message_id = str(req.route_params.get("id") or "")
    if not MESSAGE_ID.match(message_id):
        raise not_found(f"message {message_id}")
    return _shown(conversation.thread, message_id, await _outcome(conversation.thread, message_id, services))


async def _outcome(thread: str, message_id: str, services: Services) -> TurnOutcome | None:
    from activities.conversations import outcome_of

    try:
        return await outcome_of(thread, message_id, services)
    except Permanent as error:
        raise Problem(404, "Not found", str(error)) from error


def _shown(thread: str, message_id: str, outcome: TurnOutcome | None) -> func.HttpResponse:
    path = f"/api/conversations/{thread}/messages/{message_id}"
    if outcome is not None:
        return json_response(outcome.model_dump(mode="json", exclude={"texts"}), 200, {"Location": path})
    body = AnswerPending(id=message_id, thread=thread, links=SelfLink(self=path))
    return json_response(body, 202, {"Location": path, "Retry-After": "1"})


@door(bp, query=HistoryPage, answers={200: ConversationShown})
async def get_conversation(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The newest page first, and within a page what was said first; `next_cursor` leads to what was said before."""
    asked = read_query(req, HistoryPage)
    conversation = await _conversation(req, services)
    degraded: tuple[str, ...] = ()
    try:
        turns = await services.memory.read(conversation.tenant, conversation.requester.id, conversation.thread)
    except Unavailable as error:
        turns, degraded = (), (error.dependency,)
    ends = _position(asked.cursor, turns) if asked.cursor else len(turns)
    begins = max(0, ends - asked.limit)
    body = conversation.model_dump(mode="json", exclude={"tenant"}) | {
        "messages": [turn.model_dump(mode="json", include={"id", "role", "text"}) for turn in turns[begins:ends]],
        "next_cursor": opaque(turns[begins].id) if begins else None,
        "degraded": degraded,
    }
    return json_response(body)


@door(bp, answers={204: None})
async def delete_conversation(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    from activities.conversations import forget_conversation

    conversation = await _conversation(req, services)
    act = Act(
        key=f"conversation:{uuid.uuid4().hex}",
        act="conversation.forget",
        target=f"conversation:{conversation.thread}",
        within=f"user:{conversation.requester.id}",
        by=signature(),
    )
    async with audited(act, services):
        await forget_conversation(conversation, services)
    return func.HttpResponse(status_code=204)


@door(bp, answers={200: SessionShown}, refuses=(409,))
async def get_session(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Whose session the next message goes on from; never what is in it."""
    from activities.support import session_of

    conversation = await _conversation(req, services)
    try:
        kept = await session_of(conversation.thread, services)
    except SessionRefused as error:
        raise Problem(409, "Session refused", f"{error}; the next message starts a new one from memory") from error
    if kept is None:
        raise not_found("session in this conversation yet")
    wrote = kept.written_by.model_dump(include={"agent", "model", "kept_by"})
    shown = SessionShown(thread=conversation.thread, version=kept.version, written_at=kept.written_at, **wrote)
    return json_response(shown)


async def _conversation(req: func.HttpRequest, services: Services) -> Conversation:
    """Raises Problem 404, also for what cannot be a thread, and another's where the caller sees only their own."""
    from activities.conversations import conversation_of

    thread = str(req.route_params.get("thread") or "")
    if not re.match(THREAD_PATTERN, thread):
        raise not_found("such conversation")
    try:
        conversation = await conversation_of(services.settings.tenant, thread, services)
    except Permanent as error:
        raise not_found("such conversation") from error
    check_is_own(conversation.requester.id, "such conversation")
    return conversation


def _position(cursor: str, turns: tuple[Turn, ...]) -> int:
    """Where a page ends. One whose line has been forgotten meanwhile leads to nothing older. Raises InvalidCursor."""
    (turn_id,) = place_in(cursor, 1)
    return next((index for index, turn in enumerate(turns) if turn.id == turn_id), 0)
