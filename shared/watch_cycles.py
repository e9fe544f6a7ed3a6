"""A cycle of the watch from outside: how it is asked for, what it measured, and which thresholds it crossed."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from shared.model import Model
from shared.thinking import Usage
from shared.tickets import Text
from shared.watch import (
    CREW_TASKS,
    AlertList,
    Collection,
    CrewStep,
    WatchAnalysis,
    WatchBrief,
    WatchPlan,
    WatchScores,
)

Trigger = Literal["schedule", "catch_up", "request"]
CycleStatus = Literal["running", "completed", "failed", "skipped"]
CycleId = Annotated[str, StringConstraints(pattern=r"^\d{8}T\d{6}Z-[0-9a-f]{6,11}$")]
DESK = "the helpdesk's own last day"
ARTIFACTS = {
    "collection.json": "application/json",
    "analysis.json": "application/json",
    "daily_brief.md": "text/markdown",
    "alerts.json": "application/json",
    "results.json": "application/json",
}
RESULTS = "results.json"
FOLDER = "watch/"
MOMENT = "%Y%m%dT%H%M%SZ"
"""How the id of a cycle begins: ids in their order are cycles in theirs."""


def began_before(path: str, moment: datetime) -> bool:
    """Whether a blob under the watch's folder is of a cycle that began before; what is of no cycle is not."""
    return path.removeprefix(FOLDER) < f"{moment:{MOMENT}}"


def artifact_path(cycle: str, name: str) -> str:
    return f"{FOLDER}{cycle}/{name}"


def subject_of(topic: str | None) -> str:
    return topic or DESK


class WatchRequest(Model):
    """Body of POST /watch; without a topic the desk looks at itself."""

    topic: Annotated[Text, StringConstraints(max_length=300)] | None = None


class Thresholds(Model):
    execution_s: float
    success_rate: float
    cost_usd: float
    error_rate: float


class CycleRequest(WatchRequest):
    """What a task of the type watch takes, fixed when it starts; but for the topic it comes from the desk itself.

    `missed` is how many cycles were due while the desk was down.
    """

    trigger: Trigger = "request"
    missed: int = 0
    thresholds: Thresholds


class CycleStart(Model):
    """Says that the cycle begins, for whoever would begin another."""

    cycle: str
    tenant: str
    topic: str | None
    trigger: Trigger
    missed: int
    at: datetime


class Made(Model):
    """What the crew has made so far. It travels with the work; artifacts are written from it, and again from it."""

    plan: WatchPlan | None = None
    collection: Collection | None = None
    analysis: WatchAnalysis | None = None
    brief: WatchBrief | None = None
    alerts: AlertList | None = None
    scores: WatchScores | None = None

    def and_(self, more: "Made") -> "Made":
        return self.model_copy(update={name: value for name, value in more if value is not None})


class CrewOrder(Model):
    """One step for one agent, with what it builds on."""

    cycle: str
    tenant: str
    step: CrewStep
    topic: str | None
    until: datetime
    instructions: str | None = None
    made: Made = Made()


class StepReport(Model):
    """What came of a step, and what it took: time that was worked and not waited, and the worker's memory."""

    step: CrewStep
    agent: str
    told: str
    made: Made
    artifact: str | None = None
    work_ms: int
    peak_memory_mb: float | None
    sources_asked: int = 0


class CycleOutcome(Model):
    """All that is known when the crew has done what it could."""

    start: CycleStart
    thresholds: Thresholds
    ended_at: datetime
    reports: tuple[StepReport, ...]
    made: Made
    usage: Usage
    attempts: int
    errors: int
    retries: int
    degraded: tuple[str, ...] = ()
    failure: str | None = None


class Check(Model):
    """Something that code can tell of a cycle's output."""

    name: str
    passed: bool
    detail: str


class CycleMetrics(Model):
    """Measured, never assumed. `success_rate` is of the last ten cycles with this one; `quality_score` from 0 to 1.

    `peak_memory_mb` is the most that the worker had held by then; `efficiency` is work time over wall time.
    """

    execution_s: float
    success: bool
    tasks_completed: int
    tasks: int = len(CREW_TASKS)
    agents_used: tuple[str, ...]
    quality_score: float | None
    rubric: dict[str, int] | None
    checks: tuple[Check, ...]
    cost_usd: float
    usage: Usage
    attempts: int
    error_count: int
    error_rate: float
    retry_attempts: int
    success_rate: float
    peak_memory_mb: float | None
    api_calls: int
    work_s: float
    efficiency: float


Threshold = Literal["execution_s", "success_rate", "cost_usd", "error_rate"]


class Crossed(Model):
    """A measure beyond its threshold."""

    threshold: Threshold
    value: float
    limit: float


class CycleRecord(Model):
    """The artifact `results.json`, there from the cycle's beginning; `reason` says why it was skipped or failed."""

    cycle_id: str
    status: CycleStatus
    trigger: Trigger
    missed: int = 0
    subject: str
    started_at: datetime
    ended_at: datetime | None = None
    reason: str | None = None
    metrics: CycleMetrics | None = None
    crossed: tuple[Crossed, ...] = ()
    artifacts: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()


class CycleTold(Model):
    """A cycle that is over, on its way to whoever is to hear of it."""

    record: CycleRecord
    tenant: str
    at: datetime


class WatchState(Model):
    """The one document that says whose turn it is: the cycle that has the watch, and when the next is due.

    `for_due_at` is the due moment that the cycle serves, `key` the Idempotency-Key that it was asked for with.
    """

    cycle: str | None = None
    claimed_at: datetime | None = None
    for_due_at: datetime | None = None
    key: str | None = None
    due_at: datetime | None = None


class CyclePage(Model):
    items: tuple[CycleRecord, ...]
    next_cursor: str | None = None


def crossed_thresholds(metrics: CycleMetrics, limits: Thresholds) -> tuple[Crossed, ...]:
    over: tuple[tuple[Threshold, float, float, bool], ...] = (
        ("execution_s", metrics.execution_s, limits.execution_s, metrics.execution_s > limits.execution_s),
        ("success_rate", metrics.success_rate, limits.success_rate, metrics.success_rate < limits.success_rate),
        ("cost_usd", metrics.cost_usd, limits.cost_usd, metrics.cost_usd > limits.cost_usd),
        ("error_rate", metrics.error_rate, limits.error_rate, metrics.error_rate > limits.error_rate),
    )
    return tuple(Crossed(threshold=name, value=value, limit=limit) for name, value, limit, is_over in over if is_over)
