"""Ask several at once and wait no longer than the deadline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from durabletask.task import OrchestrationContext, Task, when_any

from orchestrations.calling import StepFailed, Work, opened
from shared.model import Model


@dataclass
class Gathered[T: Model]:
    """What came back in time, what failed and why, and who is still out."""

    results: dict[str, T] = field(default_factory=dict[str, T])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    missing: tuple[str, ...] = ()

    @property
    def timed_out(self) -> bool:
        return bool(self.missing)


def fan_out[T: Model](
    ctx: OrchestrationContext, branches: Mapping[str, Task[Any]], answer: type[T], deadline: timedelta
) -> Work[Gathered[T]]:
    """Gather the branches' answers until all are in or the deadline has passed; never raises for a branch."""
    gathered = Gathered[T]()
    waiting = dict(branches)
    timer = ctx.create_timer(deadline)
    while waiting and not timer.is_complete:
        yield when_any([*waiting.values(), timer])
        for name, task in list(waiting.items()):
            if not task.is_complete:
                continue
            del waiting[name]
            if task.is_failed:
                gathered.errors[name] = str(task.get_exception())
                continue
            try:
                gathered.results[name] = opened(name, task.get_result(), answer)
            except StepFailed as failure:
                gathered.errors[name] = failure.why
    if not timer.is_complete:
        timer.cancel()
    gathered.missing = tuple(waiting)
    return gathered
