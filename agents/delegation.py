"""A master planner, the managers it delegates to, and the workers of each manager."""

from agents.leaving import may_not_be_published
from agents.spec import AgentSpec
from shared.delegation import (
    WORKERS_OF,
    Assignments,
    DelegationPlan,
    Goal,
    PartQuestion,
    WorkDone,
    WorkOrder,
    problem_with_assignments,
    problem_with_plan,
)

WORKER_PROMPT = "worker.md"


def check_plan(plan: DelegationPlan, _goal: Goal) -> str | None:
    return problem_with_plan(plan)


def check_assignments(assignments: Assignments, question: PartQuestion) -> str | None:
    return problem_with_assignments(assignments, question.workers)


def check_work(done: WorkDone, order: WorkOrder) -> str | None:
    if not done.text.strip():
        return "the text is empty"
    return may_not_be_published((done.text,), order, WORKER_PROMPT)


MASTER_PLANNER = AgentSpec(name="master-planner", answer=DelegationPlan, prompt="master_planner.md", check=check_plan)
MANAGERS = {
    name: AgentSpec(name=f"{name}-manager", answer=Assignments, prompt="part_manager.md", check=check_assignments)
    for name in WORKERS_OF
}
WORKERS = {
    worker: AgentSpec(
        name=f"{worker.replace('_', '-')}-worker", answer=WorkDone, prompt=WORKER_PROMPT, check=check_work, role=worker
    )
    for workers in WORKERS_OF.values()
    for worker in workers
}
