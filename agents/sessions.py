"""Agent Framework's sessions, written down after a turn and taken up in the next, perhaps by another process."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from agents.answer_schema import response_format
from agents.spec import AgentSpec, instructions
from shared.chat_clients import ChatClients
from shared.sessions import Configuration, KeptSession
from shared.thinking import Question, Turn

LAST_WORDS = "last_words"
MOST_TURNS = 12
TURN_CHARS = 1_000


def configuration_of(agent: AgentSpec, clients: ChatClients) -> Configuration:
    return Configuration(
        agent=agent.name,
        prompt=_digest(instructions(agent.prompt)),
        answer=_digest(json.dumps(response_format(agent.answer), sort_keys=True)),
        tools=agent.tools,
        model=clients.client_for(agent.name).model,
        kept_by="service" if clients.keeps_conversations(agent.name) else "app",
    )


def taken_up(kept: KeptSession | None, thread: str) -> Any:
    """The session as it was left, or a new one."""
    from agent_framework import AgentSession

    return AgentSession(session_id=thread) if kept is None else AgentSession.from_dict(kept.content)


def put_down(session: Any, writer: Configuration) -> KeptSession:
    return KeptSession(written_by=writer, written_at=datetime.now(UTC), content=session.to_dict())


async def forgotten_by_service(data: bytes, clients: ChatClients) -> None:
    """Have the service delete what it keeps of a session. Raises Unavailable, Permanent."""
    kept = KeptSession.model_validate_json(data)
    identity = kept.content.get("service_session_id") if kept.written_by.kept_by == "service" else None
    if identity is not None:
        await clients.forget_conversation(identity)


def last_words(session: Any) -> tuple[Turn, ...]:
    """What was said last, for a turn in which memory is down."""
    return tuple(Turn.model_validate(turn) for turn in session.state.get(LAST_WORDS, ()))


def keep_last_words(session: Any, turns: Sequence[Turn]) -> None:
    """A few and short: a session travels through durable history."""
    kept = [turn for turn in turns if turn.call_id is None][-MOST_TURNS:]
    session.state[LAST_WORDS] = [
        turn.model_copy(update={"text": turn.text[:TURN_CHARS]}).model_dump(mode="json") for turn in kept
    ]


def unseen(question: Question, session: Any) -> Question:
    """Without the history where the model's service has it."""
    if session.service_session_id is None:
        return question
    recollection = question.recollection.model_copy(update={"history": ()})
    return question.model_copy(update={"recollection": recollection})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
