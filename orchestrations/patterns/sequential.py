"""One agent after the other: each step is given what the steps before it have made."""

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrations.calling import Work
from orchestrations.task import Task
from shared.model import Model


@dataclass(frozen=True)
class Stage:
    """`into` names the field of the work that the step's answer fills; `asks_agent` is false where code does it."""

    name: str
    activity: str
    answer: type[Model]
    into: str
    asks_agent: bool = True


def sequential[W: Model](task: Task, work: W, stages: Sequence[Stage]) -> Work[W]:
    """Pass the work from stage to stage; stages that were done before are not done again.

    Raises StepFailed with the name of the stage that used up its retries.
    """
    for stage in stages:
        do = task.think if stage.asks_agent else task.step
        answer = yield from do(stage.name, stage.activity, work, stage.answer)
        work = work.model_copy(update={stage.into: answer})
    return work
