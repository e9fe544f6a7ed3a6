"""The watch: a manager gives four tasks to its crew, each of which builds on the output of those before it."""

from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import StepFailed, Work, call, now
from orchestrations.task import Task, carry_out
from shared import names
from shared.exchanged import Done
from shared.watch import CREW_TASKS, Assignment, CrewStep, in_order
from shared.watch_cycles import (
    CrewOrder,
    CycleOutcome,
    CycleRecord,
    CycleRequest,
    CycleStart,
    CycleTold,
    Made,
    StepReport,
)

PLAN, SCORE, FINISH = "plan", "score", "finish"
STEPS = (PLAN, *CREW_TASKS, SCORE, FINISH)


def watch(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input TaskInput with a CycleRequest; returns the final TaskState, whose result is the CycleRecord."""
    return (yield from carry_out(ctx, data, _cycle, STEPS))


def _cycle(task: Task) -> Work[CycleRecord]:
    """What the crew could not do is told in the record first, then fails the task: a dead letter takes it up."""
    cycle = _Cycle(task)
    yield from call(task.ctx, names.BEGIN_CYCLE, cycle.start, Done, task.policy)
    yield from cycle.work()
    outcome = cycle.outcome()
    if cycle.failure is not None:
        record = yield from call(task.ctx, names.FINISH_CYCLE, outcome, CycleRecord, task.policy)
        yield from cycle.tell(record)
        raise cycle.failure
    record = yield from task.step(FINISH, names.FINISH_CYCLE, outcome, CycleRecord)
    yield from cycle.tell(record)
    return record


class _Cycle:
    """One cycle in hand: what its crew reported, and the first failure that leaves it incomplete."""

    def __init__(self, task: Task):
        self._task = task
        self._request = CycleRequest.model_validate(task.given.request)
        self.start = CycleStart(
            cycle=task.given.task_id,
            tenant=task.given.tenant,
            topic=self._request.topic,
            trigger=self._request.trigger,
            missed=self._request.missed,
            at=task.began_at,
        )
        self._reports: dict[str, StepReport] = {}
        self._made = Made()
        self.failure: StepFailed | None = None

    def work(self) -> Work[None]:
        """A task whose needs are met is done, also where another has failed; the score may be missing."""
        try:
            yield from self._do(PLAN)
        except StepFailed as failure:
            self.failure = failure
            return
        assert self._made.plan is not None
        for assignment in in_order(self._made.plan):
            yield from self._assigned(assignment)
        if "report" in self._reports:
            yield from self._scored()

    def outcome(self) -> CycleOutcome:
        task = self._task
        return CycleOutcome(
            start=self.start,
            thresholds=self._request.thresholds,
            ended_at=now(task.ctx),
            reports=tuple(self._reports.values()),
            made=self._made,
            usage=task.state.usage,
            attempts=task.tally.attempts,
            errors=task.tally.errors,
            retries=task.tally.retries,
            degraded=task.state.degraded,
            failure=None if self.failure is None else str(self.failure),
        )

    def tell(self, record: CycleRecord) -> Work[None]:
        """That nobody could be told is no reason to lose the cycle."""
        told = CycleTold(record=record, tenant=self.start.tenant, at=now(self._task.ctx))
        try:
            yield from call(self._task.ctx, names.TELL_OF_CYCLE, told, Done, self._task.policy)
        except StepFailed:
            self._task.degrade("notifications")

    def _assigned(self, assignment: Assignment) -> Work[None]:
        name = assignment.task
        if lost := [need for need in assignment.needs if need not in self._reports]:
            yield from self._task.note(name, error=f"not begun: it needs {', '.join(lost)}")
            return
        try:
            yield from self._do(name, assignment.instructions)
        except StepFailed as failure:
            self.failure = self.failure or failure

    def _scored(self) -> Work[None]:
        """A brief that nobody could score is a brief all the same."""
        try:
            yield from self._do(SCORE)
        except StepFailed:
            self._task.degrade(SCORE)

    def _do(self, step: CrewStep, instructions: str | None = None) -> Work[None]:
        """Raises StepFailed."""
        order = CrewOrder(
            cycle=self.start.cycle,
            tenant=self.start.tenant,
            step=step,
            topic=self._request.topic,
            until=self._task.given.created_at,
            instructions=instructions,
            made=self._made,
        )
        report = yield from self._task.think(step, names.DO_CREW_TASK, order, StepReport)
        self._reports[step] = report
        self._made = self._made.and_(report.made)
