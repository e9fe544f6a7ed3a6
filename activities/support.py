"""Ask the support agent within its session: taken up where it was left, and started anew where that cannot be."""

import logging
from datetime import UTC, datetime
from typing import Any

from agents.asking import ask
from agents.sessions import configuration_of, keep_last_words, last_words, put_down, taken_up, unseen
from agents.support import SUPPORT
from shared.conversations import SupportAnswer, SupportAsked, SupportThought, session_path
from shared.errors import ConversationLost, Permanent, SessionRefused, Unavailable
from shared.exchanged import Thought
from shared.masking import mask
from shared.ports import Desk
from shared.sessions import LIFETIME, Configuration, KeptSession, opened
from shared.thinking import Question, Turn, Usage

MEMORY = "redis"
SESSION, SERVICE = "session", "model conversation"
"""What a turn's `degraded` names: a session that was refused, and a conversation that the model's service has lost."""

log = logging.getLogger("helpdesk.conversations")


async def answer_requester(asked: SupportAsked, desk: Desk) -> SupportThought:
    """One question, in the session that the turn before left. The session after it is handed back, not written:
    an attempt that is repeated starts from the same one, so that no service is told a thing twice."""
    thread = asked.conversation.thread
    writer = configuration_of(SUPPORT, desk.models)
    session, degraded = await _taken_up(thread, writer, desk)
    question = asked.question
    if MEMORY in question.recollection.degraded:
        recollection = question.recollection.model_copy(update={"history": last_words(session)})
        question = question.model_copy(update={"recollection": recollection})
    try:
        thought = await _asked(unseen(question, session), session, desk)
    except ConversationLost as error:
        log.warning("a conversation starts anew from memory: %s", error)
        degraded, session = (*degraded, SERVICE), taken_up(None, thread)
        thought = await _asked(question, session, desk)
        thought = thought.model_copy(update={"usage": thought.usage + (error.usage or Usage())})
    if writer.kept_by == "app":
        keep_last_words(session, (*question.recollection.history, *_said(asked, thought)))
    return SupportThought(
        **thought.model_dump(exclude={"degraded"}),
        degraded=(*thought.degraded, *degraded),
        session=put_down(session, writer),
    )


async def session_of(thread: str, desk: Desk) -> KeptSession | None:
    """What the next turn will take up. Raises SessionRefused, Unavailable."""
    return await _kept(thread, configuration_of(SUPPORT, desk.models), desk)


async def _asked(question: Question, session: Any, desk: Desk) -> Thought:
    kept_by_service = desk.models.keeps_conversations(SUPPORT.name)
    return await ask(SUPPORT, question, desk.models, desk, session if kept_by_service else None)


async def _taken_up(thread: str, reader: Configuration, desk: Desk) -> tuple[Any, tuple[str, ...]]:
    """A new session where there is none to take up, and the name of what is in the way."""
    try:
        return taken_up(await _kept(thread, reader, desk), thread), ()
    except SessionRefused as error:
        log.warning("a conversation goes on from memory: %s", error)
        return taken_up(None, thread), (SESSION,)
    except Unavailable as error:
        return taken_up(None, thread), (error.dependency,)


async def _kept(thread: str, reader: Configuration, desk: Desk) -> KeptSession | None:
    try:
        data = await desk.artifacts.read(session_path(thread))
    except Permanent:
        return None
    kept = opened(data, reader)
    return kept if datetime.now(UTC) - kept.written_at < LIFETIME else None


def _said(asked: SupportAsked, thought: Thought) -> tuple[Turn, ...]:
    answer = SupportAnswer.model_validate(thought.answer).answer
    return (
        Turn(id="said", role="user", text=mask(asked.question.text)[0]),
        Turn(id="answered", role="assistant", text=mask(answer)[0]),
    )
