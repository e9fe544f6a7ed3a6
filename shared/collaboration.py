"""What agents that work together on a task are asked, and what they answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.desk import Policy
from shared.model import Model
from shared.tasks import ConsensusRequest, DiscussionRequest, ResearchRequest
from shared.thinking import Confidence, Passage, ServiceState, SimilarTicket, Usage

RESEARCHERS = ("web", "academic", "news", "social")
AGENTS = frozenset(RESEARCHERS)
"""Whom a research may ask."""
BALLOT_VOTERS = ("passages", "wording", "caution")
PARTICIPANTS = ("documentation", "github", "operations")
WORKERS_OF: Mapping[str, tuple[str, ...]] = {
    "research": ("web_collector", "document_analyst"),
    "content": ("writer", "editor"),
}
"""Managers and the workers that each of them may give work to."""

MAX_OPTION_CHARS = 200
"""A person who decides instead of the voters repeats the option to the letter."""
MAX_PARTS = 6
MAX_DEPTH = 4
"""How many parts of a plan may build on one another."""


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
    degraded: tuple[str, ...] = ()


class ResearchQuestion(Model):
    """One query to one of several researchers; `deadline_at` is when nobody waits for the answer any more."""

    task_id: str
    tenant: str
    query: str
    role: str
    deadline_at: datetime | None = None
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


class Goal(Model):
    """What the master planner is asked."""

    goal: str
    managers: dict[str, tuple[str, ...]]


class Part(Model):
    """One manager's share of a plan; `needs` names the parts whose results it builds on."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,30}$")]
    manager: str
    goal: Annotated[str, Field(max_length=2_000)]
    needs: Annotated[tuple[str, ...], Field(max_length=MAX_PARTS)]


class DelegationPlan(Model):
    """The master planner's answer."""

    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=MAX_PARTS)]
    why: Annotated[str, Field(max_length=1_000)]


class PartQuestion(Model):
    """What a manager is asked: who of its workers does what, in which order."""

    goal: str
    part: Part
    workers: tuple[str, ...]
    before: tuple[Line, ...] = ()


class Duty(Model):
    worker: str
    task: Annotated[str, Field(max_length=2_000)]


class Assignments(Model):
    """A manager's answer; each duty builds on those before it."""

    duties: Annotated[tuple[Duty, ...], Field(min_length=1, max_length=4)]


class WorkOrder(Model):
    """What a worker is asked; `before` is what it builds on, oldest first."""

    tenant: str
    goal: str
    role: str
    task: str
    before: tuple[Line, ...] = ()
    material: Material = Material()


class WorkDone(Model):
    """A worker's answer."""

    text: Annotated[str, Field(max_length=8_000)]
    sources: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    confidence: Confidence


class PartInput(Model):
    """Input of the manager orchestration; `attempt` 2 is the part given once more."""

    tenant: str
    goal: str
    part: Part
    before: tuple[Line, ...]
    policy: Policy
    deadline_s: float
    attempt: int = 1


class DutyDone(Model):
    """Who did what."""

    worker: str
    task: str
    status: Literal["done", "failed"]
    error: str | None = None
    elapsed_ms: int


class PartOutcome(Model):
    """What a manager reports upward; `text` is its workers' last result."""

    part: str
    manager: str
    status: Literal["done", "failed", "skipped"]
    attempts: int = 1
    error: str | None = None
    text: str = ""
    sources: tuple[str, ...] = ()
    duties: tuple[DutyDone, ...] = ()
    usage: Usage = Usage()


def problem_with_plan(plan: DelegationPlan) -> str | None:
    """Why a plan must not be carried out: unknown managers or parts, a cycle, or too long a chain."""
    parts = {part.id: part for part in plan.parts}
    if len(parts) < len(plan.parts):
        return "two parts have the same id"
    if strangers := sorted({part.manager for part in plan.parts} - WORKERS_OF.keys()):
        return f"there is no manager {', '.join(strangers)}; there are {', '.join(WORKERS_OF)}"
    if strangers := sorted({need for part in plan.parts for need in part.needs} - parts.keys()):
        return f"parts that do not exist are needed: {', '.join(strangers)}"
    depth: dict[str, int] = {}
    while len(depth) < len(parts):
        ready = [part for part in plan.parts if part.id not in depth and depth.keys() >= set(part.needs)]
        if not ready:
            return f"parts need each other in a circle: {', '.join(sorted(parts.keys() - depth.keys()))}"
        depth |= {part.id: 1 + max((depth[need] for need in part.needs), default=0) for part in ready}
    deepest = max(depth.values())
    return f"{deepest} parts build on one another; at most {MAX_DEPTH} may" if deepest > MAX_DEPTH else None


def problem_with_assignments(assignments: Assignments, workers: Sequence[str]) -> str | None:
    strangers = sorted({duty.worker for duty in assignments.duties} - set(workers))
    return f"there is no worker {', '.join(strangers)}; there are {', '.join(workers)}" if strangers else None


class DelegationResult(Model):
    """The plan, who did what, and what it came to; not `complete` when a part failed or was skipped."""

    goal: str
    plan: DelegationPlan
    parts: tuple[PartOutcome, ...]
    outcome: str
    complete: bool
