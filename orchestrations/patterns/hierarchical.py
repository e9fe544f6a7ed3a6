"""A master hands the parts of a plan to managers, which are orchestrations of their own."""

from typing import Any

from durabletask.task import OrchestrationContext, Task, when_any

from orchestrations.calling import StepFailed, Work, call_child
from shared import names
from shared.collaboration import Line
from shared.delegation import DelegationPlan, Part, PartInput, PartOutcome, problem_with_plan
from shared.desk import Policy
from shared.thinking import Usage

PART_DEADLINE_S = 600.0
"""A manager ends by itself when its time is up, so none has to be terminated."""
ATTEMPTS = 2
LINE_CHARS = 4_000


def delegate(
    ctx: OrchestrationContext, tenant: str, goal: str, plan: DelegationPlan, policy: Policy
) -> Work[tuple[PartOutcome, ...]]:
    """Give each part to its manager as soon as what it needs is there; returns all parts in the plan's order.

    A part whose manager fails is given once more, to another instance of that manager, and then reported as
    failed; parts that needed it are skipped. Raises StepFailed for a plan that must not be carried out.
    """
    if (problem := problem_with_plan(plan)) is not None:
        raise StepFailed(names.PLAN_GOAL, problem)
    work = _Delegation(ctx, tenant, goal, plan, policy)
    work.start_what_can()
    while work.running:
        yield when_any([task for task, _ in work.running.values()])
        work.take_in_reports()
        work.start_what_can()
    return tuple(work.outcomes[part.id] for part in plan.parts)


class _Delegation:
    """Which parts are with a manager, and what those that are over came to."""

    def __init__(self, ctx: OrchestrationContext, tenant: str, goal: str, plan: DelegationPlan, policy: Policy):
        self._ctx, self._tenant, self._goal, self._plan, self._policy = ctx, tenant, goal, plan, policy
        self.running: dict[str, tuple[Task[Any], int]] = {}
        self.outcomes: dict[str, PartOutcome] = {}
        self._spent: dict[str, Usage] = {}

    def start_what_can(self) -> None:
        """Start parts whose needs are met, and skip those whose needs never will be."""
        for _ in self._plan.parts:
            for part in self._plan.parts:
                if part.id in self.outcomes or part.id in self.running:
                    continue
                reports = [self.outcomes.get(need) for need in part.needs]
                lost = [report.part for report in reports if report is not None and report.status != "done"]
                if lost:
                    why = f"it needs {', '.join(lost)}"
                    self.outcomes[part.id] = PartOutcome(
                        part=part.id, manager=part.manager, status="skipped", attempts=0, error=why
                    )
                elif None not in reports:
                    self._start(part, 1)

    def take_in_reports(self) -> None:
        for part in self._plan.parts:
            task, attempt = self.running.get(part.id, (None, 0))
            if task is None or not task.is_complete:
                continue
            del self.running[part.id]
            report = _report(part, task)
            usage = self._spent.get(part.id, Usage()) + report.usage
            self._spent[part.id] = usage
            if report.status == "failed" and attempt < ATTEMPTS:
                self._start(part, attempt + 1)
            else:
                self.outcomes[part.id] = report.model_copy(update={"attempts": attempt, "usage": usage})

    def _start(self, part: Part, attempt: int) -> None:
        before = (self.outcomes[need] for need in part.needs)
        given = PartInput(
            tenant=self._tenant,
            goal=self._goal,
            part=part,
            before=tuple(Line(speaker=report.part, text=report.text[:LINE_CHARS]) for report in before),
            policy=self._policy,
            deadline_s=PART_DEADLINE_S,
            attempt=attempt,
        )
        instance_id = names.part_instance(self._ctx.instance_id, part.id, attempt)
        self.running[part.id] = (call_child(self._ctx, names.MANAGE_PART, given, instance_id), attempt)


def _report(part: Part, task: Task[Any]) -> PartOutcome:
    if not task.is_failed:
        return PartOutcome.model_validate(task.get_result())
    return PartOutcome(part=part.id, manager=part.manager, status="failed", error=str(task.get_exception()))
