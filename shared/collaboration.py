"""What agents that work together on a task are asked, and what they answer."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from shared.model import Model
from shared.sources import SourceItem
from shared.tasks import ConsensusRequest, DiscussionRequest, ResearchRequest
from shared.thinking import Confidence, Passage, ServiceState, SimilarTicket

RESEARCHERS = ("web", "academic", "news", "social")
AGENTS = frozenset(RESEARCHERS)
"""Whom a research may ask."""
BALLOT_VOTERS = ("passages", "wording", "caution")
PARTICIPANTS = ("documentation", "github", "operations")

MAX_OPTION_CHARS = 200
"""A person who decides instead of the voters repeats the option to the letter."""


def problem_with(request: Model) -> str | None:
    """What a request asks for that cannot be had, in words for the caller; None where all is well."""
    if isinstance(request, ResearchRequest):
        return _unknown("agent", request.agents or (), RESEARCHERS)
    if isinstance(request, ConsensusRequest):
        voters = request.voters or BALLOT_VOTERS
        if unknown := _unknown("voter", voters, BALLOT_VOTERS):
            return unknown
        if len(set(request.options)) < len(request.options):
            return "two options are the same"
        if any(len(option) > MAX_OPTION_CHARS for option in request.options):
            return f"an option has more than {MAX_OPTION_CHARS} characters"
        too_many = request.quorum is not None and request.quorum > len(voters)
        return f"a quorum of {request.quorum} cannot be reached by {len(voters)} voters" if too_many else None
    if isinstance(request, DiscussionRequest):
        return _unknown("participant", request.participants or (), PARTICIPANTS)
    return None


def _unknown(what: str, asked: Sequence[str], known: Sequence[str]) -> str | None:
    if strangers := [name for name in asked if name not in known]:
        return f"there is no {what} {', '.join(map(repr, strangers))}; there are {', '.join(known)}"
    return f"a {what} is named twice" if len(set(asked)) < len(asked) else None


class Material(Model):
    """What an activity found for its agent to work with; `degraded` names what could not be asked."""

    passages: tuple[Passage, ...] = ()
    similar: tuple[SimilarTicket, ...] = ()
    services: tuple[ServiceState, ...] = ()
    published: tuple[SourceItem, ...] = ()
    """From outside, each with its address."""
    worked_from: tuple[str, ...] = ()
    """What was asked, for whoever reads the answer."""
    degraded: tuple[str, ...] = ()


class ResearchQuestion(Model):
    """One query to one of several researchers."""

    tenant: str
    query: str
    role: str
    material: Material = Material()


class ResearchItem(Model):
    title: Annotated[str, Field(max_length=300)]
    text: Annotated[str, Field(max_length=1_000)]
    source: Annotated[str, Field(max_length=300, description="where it stands, so that a reader can look it up")]


class Research(Model):
    """A researcher's answer."""

    summary: Annotated[str, Field(max_length=2_000)]
    items: Annotated[tuple[ResearchItem, ...], Field(max_length=8)] = ()
    confidence: Confidence


class ResearchSource(Model):
    """What became of one researcher: its answer, or its last error."""

    agent: str
    data: Research | None = None
    error: str | None = None
    elapsed_ms: int


class ResearchResult(Model):
    """`missing` are the researchers that had not answered at the deadline."""

    query: str
    sources: tuple[ResearchSource, ...]
    summary: str
    completed_agents: int
    timed_out: bool
    missing: tuple[str, ...]


class SummaryQuestion(Model):
    query: str
    findings: dict[str, Research]


class Summary(Model):
    text: Annotated[str, Field(max_length=4_000)]


class Poll(Model):
    """One question to one of several voters, who never learn of each other."""

    tenant: str
    question: str
    options: tuple[str, ...]
    role: str
    material: Material = Material()


class Ballot(Model):
    """A voter's answer; no choice is an abstention."""

    choice: Annotated[str | None, Field(description="one of the options, to the letter; null to abstain")]
    confidence: Confidence
    why: Annotated[str, Field(max_length=1_000)]


class Line(Model):
    """Something said or handed in, by whom."""

    speaker: str
    text: str


class Debate(Model):
    """A group chat as the moderator and the speakers see it; `role` is who is asked."""

    tenant: str
    question: str
    participants: tuple[str, ...]
    transcript: tuple[Line, ...] = ()
    rounds_left: int
    role: str
    material: Material = Material()


class Moderation(Model):
    """The moderator's answer: who speaks next, or what the chat came to."""

    settled: bool
    conclusion: Annotated[str, Field(max_length=4_000)]
    next_speaker: str | None
    why: Annotated[str, Field(max_length=1_000)]


class Contribution(Model):
    """What a participant says in its turn; `agrees` when it has nothing against what was said before."""

    text: Annotated[str, Field(max_length=2_000)]
    agrees: bool
    confidence: Confidence


class Conclusion(Model):
    """What a group chat came to; `settled` is false when it was ended by the round limit."""

    settled: bool
    conclusion: str
    transcript: tuple[Line, ...]
    rounds: int
