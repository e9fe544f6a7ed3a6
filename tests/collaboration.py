"""Workflows of agents that work together, with agents who answer as a test says: all well unless told otherwise."""

from collections.abc import Callable
from typing import Any

from shared import names
from shared.collaboration import Ballot, Contribution, Research, Summary
from shared.delegation import Assignments, DelegationPlan, Duty, Part, WorkDone
from shared.tasks import TaskState, TaskType
from tests.desk import moderation, screened, thought
from tests.engine import Engine
from tests.tasks import INSTANCE, done, task_input

PLAN = DelegationPlan(
    parts=(
        Part(id="facts", manager="research", goal="Find out.", needs=()),
        Part(id="text", manager="content", goal="Write it down.", needs=("facts",)),
    ),
    why="facts first",
)


def assigned(given: Any) -> Assignments:
    return Assignments(duties=tuple(Duty(worker=worker, task="your share") for worker in given["workers"]))


def answers() -> dict[str, Callable[[Any], Any]]:
    found = Research(summary="found", confidence=0.6)
    return {
        names.INVESTIGATE: lambda given: thought(found, given["role"]),
        names.SUMMARISE: lambda _: thought(Summary(text="In short.")),
        names.CAST_BALLOT: lambda given: thought(Ballot(choice=given["options"][0], confidence=0.6, why="so")),
        names.MODERATE: lambda given: thought(moderation(given)),
        names.SPEAK: lambda given: thought(Contribution(text=f"{given['role']} speaks", agrees=False, confidence=0.6)),
        names.PLAN_GOAL: lambda _: thought(PLAN),
        names.ASSIGN_DUTIES: lambda given: thought(assigned(given)),
        names.DO_DUTY: lambda given: thought(WorkDone(text=f"work of {given['role']}", confidence=0.6)),
        names.RECORD_TASK: done,
        names.SCREEN: screened,
        names.STORE_RESULT: lambda given: {"blob": given["blob"], "size_bytes": given["size_bytes"]},
        names.GIVE_UP_TASK: done,
        names.NOTIFY: done,
    }


def crew(**overrides: Callable[[Any], Any]) -> Engine:
    from orchestrations.consensus_task import consensus
    from orchestrations.delegation import delegation, manage_part
    from orchestrations.discussion import discussion
    from orchestrations.research import research

    orchestrations = {f.__name__: f for f in (research, consensus, discussion, delegation, manage_part)}
    return Engine(orchestrations, answers() | overrides)


def start(engine: Engine, kind: TaskType, request: dict[str, Any], **changes: Any) -> None:
    engine.start(kind, INSTANCE, task_input(type=kind, request=request, **changes))


def state(engine: Engine) -> TaskState:
    found = engine.instances[INSTANCE]
    assert found.failure is None, found.failure
    assert found.ended, found.custom_status
    return TaskState.model_validate(found.output)


def run(engine: Engine, kind: TaskType, request: dict[str, Any], **changes: Any) -> TaskState:
    start(engine, kind, request, **changes)
    engine.run()
    return state(engine)
