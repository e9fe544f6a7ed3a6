"""What agents are asked and what they answer: the typed boundary to a model."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.actions import Action
from shared.catalog import CatalogItem
from shared.facts import FactKind
from shared.model import Model
from shared.tickets import Category, Complexity, Level, TicketType

Lane = Literal["interactive", "batch"]
"""Whether somebody waits at the door for the answer; batch work leaves room for those."""

Confidence = Annotated[float, Field(ge=0.0, le=1.0)]


class Triage(Model):
    """The analyst's answer."""

    category: Category
    type: TicketType
    impact: Level
    urgency: Level
    complexity: Complexity
    confidence: Confidence
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$", description="ISO 639-1 of the ticket's text")]
    wants_person: Annotated[bool, Field(description="the requester asks for a human being")] = False
    reasons: Annotated[tuple[str, ...], Field(max_length=10)]


class Passage(Model):
    """A section of a knowledge article, as retrieved; `score` grows with relevance, and agents are not told it."""

    article_id: str
    title: str
    section: str
    text: str
    score: float = 0.0
    language: str = "en"


class Citation(Model):
    id: str
    title: str
    section: str


class Plan(Model):
    """The resolver's answer: what to tell the requester, and the changes to make."""

    outcome: Literal["answer", "ask_requester", "escalate"]
    answer: Annotated[str, Field(max_length=8_000)]
    citations: Annotated[tuple[Citation, ...], Field(max_length=10)] = ()
    actions: Annotated[tuple[Action, ...], Field(max_length=5)] = ()
    confidence: Confidence
    reason: str


class Review(Model):
    """The reviewer's answer; `problems` says what a revision must mend."""

    approved: bool
    problems: Annotated[tuple[str, ...], Field(max_length=10)] = ()


class Finding(Model):
    """What one specialist found out about a complex ticket."""

    summary: str
    citations: tuple[Citation, ...] = ()
    confidence: Confidence
    remedy: Annotated[
        Literal["steps", "wait", "cause", "unknown"],
        Field(
            description="documented steps help; wait for a known incident; its cause must be found first; or unknown"
        ),
    ] = "unknown"


class Vote(Model):
    """One voter's independent view of a doubtful ticket."""

    category: Category
    confidence: Confidence
    why: str


class Judgement(Model):
    """One voter's independent view of a plan's dangerous actions; null abstains."""

    fitting: bool | None
    confidence: Confidence
    why: Annotated[str, Field(max_length=500)]


class Usage(Model):
    """What thinking cost, from the model's own figures; an answer from the cache costs nothing and is counted."""

    model_calls: int = 0
    cache_hits: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0
    """Part of `input_tokens`: what the model had read before and charges less for."""
    output_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            model_calls=self.model_calls + other.model_calls,
            cache_hits=self.cache_hits + other.cache_hits,
            input_tokens=self.input_tokens + other.input_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=round(self.cost_usd + other.cost_usd, 8),
        )


class Turn(Model):
    """One line of a conversation as memory keeps it.

    With a `call_id` it is an assistant's call of `tool`, with its arguments as text, or that tool's result.
    """

    id: str
    role: Literal["user", "assistant", "tool"]
    text: str
    call_id: str | None = None
    tool: str | None = None


class SimilarTicket(Model):
    id: str
    subject: str
    category: str
    answer: str | None = None


class Profile(Model):
    """What the directory knows of a requester; `known` is false for a stranger."""

    id: str
    known: bool
    display_name: str | None = None
    department: str | None = None
    language: str | None = None
    locked: bool = False
    vip: bool = False
    groups: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


class ServiceState(Model):
    id: str
    name: str
    status: Literal["operational", "degraded", "outage"]
    note: str = ""
    known_incident: str | None = None


class KnownIncident(Model):
    """A disturbance that is being worked on; `services` are ids of services."""

    id: str
    title: str
    services: tuple[str, ...]
    workaround: str = ""
    since: datetime | None = None


class KnownFact(Model):
    """Something the requester told the desk before, as agents see it."""

    kind: FactKind
    topic: str
    text: str


class Recollection(Model):
    """Everything known when thinking starts; `degraded` names what could not be asked.

    Fields stand in the order in which a model reads them: what many questions share comes first, so that a
    service which caches the beginnings of prompts finds long ones.
    """

    link_hosts: tuple[str, ...] = ()
    """Hosts that an answer may link to, beside what stands in the passages."""
    degraded: tuple[str, ...] = ()
    services: tuple[ServiceState, ...] = ()
    passages: tuple[Passage, ...] = ()
    catalog: tuple[CatalogItem, ...] = ()
    """Software that the ticket names."""
    similar: tuple[SimilarTicket, ...] = ()
    profile: Profile
    known_facts: tuple[KnownFact, ...] = ()
    history: tuple[Turn, ...] = ()


class Question(Model):
    """The ticket as agents see it: masked text, later messages, and what is known.

    The agent's instructions come from its prompt file; this is data, and untrusted as such. The order of the fields
    is that of the prompt: shared by many first, then the ticket's own, then what changes from step to step.
    """

    recollection: Recollection
    requester_id: str
    subject: str
    text: str
    messages: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    ticket_id: str
    episode: int = 1
    earlier_answer: str | None = None
    triage: Triage | None = None
    findings: tuple[Finding, ...] = ()
    draft: Plan | None = None
    problems: tuple[str, ...] = ()
    role: str | None = Field(default=None, description="which specialist or voter is asked")
