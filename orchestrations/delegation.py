"""A goal in the hands of a master planner, who delegates to managers, each to its workers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import StepFailed, Work, now
from orchestrations.patterns.fan_out import Branch, fan_out
from orchestrations.patterns.hierarchical import LINE_CHARS, delegate
from orchestrations.task import Task, carry_out
from shared import names
from shared.collaboration import Line
from shared.delegation import (
    WORKERS_OF,
    Assignments,
    DelegationPlan,
    DelegationResult,
    Duty,
    DutyDone,
    Goal,
    PartInput,
    PartOutcome,
    PartQuestion,
    WorkDone,
    WorkOrder,
    problem_with_assignments,
)
from shared.exchanged import Thought
from shared.model import Model
from shared.tasks import DelegationRequest
from shared.thinking import Usage


def delegation(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input TaskInput with a DelegationRequest; returns the TaskState, its result a DelegationResult."""
    return (yield from carry_out(ctx, data, _delegate, ("plan", "delegate")))


def _delegate(task: Task) -> Work[Model]:
    request = DelegationRequest.model_validate(task.given.request)
    goal = Goal(goal=request.goal, managers=dict(WORKERS_OF))
    plan = yield from task.think("plan", names.PLAN_GOAL, goal, DelegationPlan)
    outcomes = yield from delegate(task.ctx, task.given.tenant, request.goal, plan, task.policy)
    for outcome in outcomes:
        task.spend(outcome.usage)
        task.degrade(*outcome.degraded)
    result = _result(request.goal, plan, outcomes)
    if not result.outcome:
        failed = "; ".join(f"{outcome.part}: {outcome.error}" for outcome in outcomes)
        yield from task.note("delegate", error=failed)
        raise StepFailed("delegate", failed)
    yield from task.note("delegate", result)
    return result


def _result(goal: str, plan: DelegationPlan, outcomes: tuple[PartOutcome, ...]) -> DelegationResult:
    """What no other finished part builds on is what the goal came to."""
    done = {outcome.part: outcome for outcome in outcomes if outcome.status == "done"}
    built_on = {need for part in plan.parts if part.id in done for need in part.needs}
    ends = [outcome.text for name, outcome in done.items() if name not in built_on]
    return DelegationResult(
        goal=goal,
        plan=plan,
        parts=outcomes,
        outcome="\n\n".join(ends),
        complete=len(done) == len(outcomes),
    )


def manage_part(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """A manager: input PartInput; gives duties to its workers one after the other and returns a PartOutcome.

    It ends by itself at its deadline, and reports a failure rather than raising it.
    """
    given = PartInput.model_validate(data)
    hand = _PartInHand(ctx, given)
    error = None
    try:
        yield from hand.work()
    except StepFailed as failure:
        error = str(failure)
    outcome = PartOutcome(
        part=given.part.id,
        manager=given.part.manager,
        status="failed" if error else "done",
        attempts=given.attempt,
        error=error,
        text="" if error else hand.lines[-1].text,
        sources=tuple(dict.fromkeys(hand.sources)),
        duties=tuple(hand.duties),
        usage=hand.usage,
        degraded=tuple(hand.degraded),
    )
    return outcome.model_dump(mode="json")


class _PartInHand:
    """What a manager knows: the work it builds on, who of its workers did what, and what that cost."""

    def __init__(self, ctx: OrchestrationContext, given: PartInput):
        self._ctx, self._given = ctx, given
        self._ends_at = now(ctx) + timedelta(seconds=given.deadline_s)
        self.lines = list(given.before)
        self.duties: list[DutyDone] = []
        self.sources: list[str] = []
        self.usage = Usage()
        self.degraded: dict[str, None] = {}

    def work(self) -> Work[None]:
        """Raises StepFailed."""
        given = self._given
        workers = WORKERS_OF[given.part.manager]
        question = PartQuestion(goal=given.goal, part=given.part, workers=workers, before=given.before)
        assignments = yield from self._ask(names.ASSIGN_DUTIES, question, Assignments)
        if (problem := problem_with_assignments(assignments, workers)) is not None:
            raise StepFailed(names.ASSIGN_DUTIES, problem)
        for duty in assignments.duties:
            yield from self._do(duty)

    def _do(self, duty: Duty) -> Work[None]:
        began_at = now(self._ctx)
        order = WorkOrder(
            tenant=self._given.tenant,
            goal=self._given.goal,
            role=duty.worker,
            task=duty.task,
            before=tuple(self.lines),
        )
        try:
            done = yield from self._ask(names.DO_DUTY, order, WorkDone)
        except StepFailed as failure:
            self._note(duty, began_at, failure.why)
            raise StepFailed(duty.worker, failure.why) from failure
        self._note(duty, began_at)
        self.lines.append(Line(speaker=duty.worker, text=done.text[:LINE_CHARS]))
        self.sources += done.sources

    def _note(self, duty: Duty, began_at: datetime, error: str | None = None) -> None:
        elapsed_ms = int((now(self._ctx) - began_at) / timedelta(milliseconds=1))
        status = "failed" if error else "done"
        done = DutyDone(worker=duty.worker, task=duty.task, status=status, error=error, elapsed_ms=elapsed_ms)
        self.duties.append(done)

    def _ask[T: Model](self, step: str, data: Model, answer: type[T]) -> Work[T]:
        """One agent, asked again while the part's deadline allows. Raises StepFailed."""
        left = self._ends_at - now(self._ctx)
        branches: Mapping[str, Branch] = {step: Branch(step, data)}
        gathered = yield from fan_out(self._ctx, branches, Thought, left, self._given.policy)
        self.usage = sum(gathered.spent.values(), start=self.usage)
        thought = gathered.results.get(step)
        if thought is None:
            raise StepFailed(step, gathered.errors.get(step, "no answer before the deadline"))
        self.usage += thought.usage
        self.degraded |= dict.fromkeys(thought.degraded)
        return answer.model_validate(thought.answer)
