"""A conversation with the support agent: what its doors take, what a turn is given, and what came of it."""

import hashlib
import json
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.desk import Policy
from shared.exchanged import Thought
from shared.model import Model
from shared.sessions import KeptSession
from shared.thinking import Citation, Question, Turn, Usage
from shared.tickets import Requester, Text

MOST_OUTSTANDING = 10
"""Messages of one thread that may wait for their turn; more are refused until some are answered."""
OWNER_CHARS = 16
CONVERSATIONS = "conversations/"
THREAD_PATTERN = r"^[0-9a-f]{48}$"

TurnStatus = Literal["answered", "handed_over", "over_budget", "joined"]


class ConversationRequest(Model):
    """Body of POST /conversations."""

    requester: Requester


class SaidRequest(Model):
    """Body of POST /conversations/{thread}/messages."""

    text: Annotated[Text, StringConstraints(max_length=4_000)]


class Conversation(Model):
    """A thread, with its requester fixed when it was opened."""

    thread: Annotated[str, StringConstraints(pattern=THREAD_PATTERN)]
    tenant: str
    requester: Requester
    opened_at: datetime


class TurnInput(Model):
    """Input of `answer_message`. `before` are the messages that were not answered yet when this one came."""

    conversation: Conversation
    message_id: str
    text: str
    before: tuple[str, ...] = ()
    accepted_at: datetime
    policy: Policy


class Standing(Model):
    """Whether it is a message's turn. `texts` are earlier messages that left their answer to this one."""

    what: Literal["wait", "go", "joined"]
    texts: tuple[str, ...] = ()
    joined_by: str | None = None


class SupportAsked(Model):
    """A question for the support agent, with the conversation it belongs to."""

    conversation: Conversation
    question: Question


class SupportAnswer(Model):
    """The support agent's answer; `ticket` hands the matter over, since this agent changes nothing itself."""

    outcome: Literal["answer", "ask_requester", "ticket"]
    answer: Annotated[str, Field(max_length=8_000)]
    citations: Annotated[tuple[Citation, ...], Field(max_length=10)] = ()
    subject: Annotated[str, Field(max_length=200, description="a title for the ticket; empty where there is none")] = ""
    confidence: Annotated[float, Field(ge=0.0, le=1.0)]
    reason: str


class SupportThought(Thought):
    """The agent's answer, with the session that the next turn takes up."""

    session: KeptSession | None = None


class TicketWanted(Model):
    """A ticket to open for what a conversation cannot settle."""

    conversation: Conversation
    message_id: str
    subject: str
    text: str
    history: tuple[Turn, ...] = ()


class TicketOpened(Model):
    ticket_id: str


class TurnKept(Model):
    """What was said in a turn, to be remembered with the session after it, and whose place is free now."""

    conversation: Conversation
    message_id: str
    turns: tuple[Turn, ...] = ()
    session: KeptSession | None = None


class TurnOutcome(Model):
    """Output of `answer_message`: what the requester is told. One that joined a later message is answered there."""

    id: str
    thread: str
    status: TurnStatus
    answer: str = ""
    citations: tuple[Citation, ...] = ()
    ticket_id: str | None = None
    joined_by: str | None = None
    texts: tuple[str, ...] = ()
    """Only of one that joined: what the later message is to answer too."""
    usage: Usage = Usage()
    degraded: tuple[str, ...] = ()


def owner_of(tenant: str, requester_id: str) -> str:
    """Where a requester's conversations stand together: no id, however it is written, can name another's place."""
    return hashlib.sha256(json.dumps([tenant, requester_id]).encode()).hexdigest()[:OWNER_CHARS]


def conversation_path(thread: str) -> str:
    """The blob of a conversation; a thread's id begins with its owner."""
    return f"{CONVERSATIONS}{thread[:OWNER_CHARS]}/{thread}.json"


def session_path(thread: str) -> str:
    """The blob of the session that the support agent left in a thread."""
    return f"{CONVERSATIONS}{thread[:OWNER_CHARS]}/{thread}.session"


OVER_BUDGET = {
    "en": "I am sorry: the assistant has reached its limit for today. Please open a ticket, or write again tomorrow.",
    "fr": "Désolé : l'assistant a atteint sa limite pour aujourd'hui. Ouvrez un ticket ou réécrivez demain.",
    "de": "Leider hat der Assistent sein Tageslimit erreicht. Bitte eröffnen Sie ein Ticket oder schreiben Sie morgen.",
    "es": "Lo siento: el asistente ha llegado a su límite de hoy. Abra un ticket o vuelva a escribir mañana.",
}
