"""A goal on its way through a plan, managers and workers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from shared.collaboration import Line, Material
from shared.desk import Policy
from shared.model import Model
from shared.thinking import Confidence, Usage

WORKERS_OF: Mapping[str, tuple[str, ...]] = {
    "research": ("web_collector", "document_analyst"),
    "content": ("writer", "editor"),
}
"""Managers and the workers that each of them may give work to."""


MAX_PARTS = 6


MAX_DEPTH = 4
"""How many parts of a plan may build on one another."""


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
    degraded: tuple[str, ...] = ()


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
