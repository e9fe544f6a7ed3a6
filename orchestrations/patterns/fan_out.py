"""Ask several at once and wait no longer than the deadline.

Branches are activities and nothing else: one that loses needs no termination, its result goes to an instance
that no longer listens. Each is told the deadline, and where to leave an answer that comes after it. A branch
that fails is asked again from here, and not by the runtime's retry policy, which knows no deadline and would
start attempts that nobody waits for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from durabletask.task import OrchestrationContext, Task, TaskFailedError, when_any

from orchestrations.calling import LONGEST_RETRY_AFTER_S, Work, now, sent, with_costs
from shared.deadline import Deadline, late_path
from shared.desk import Policy
from shared.exchanged import Answered
from shared.model import Model
from shared.thinking import Usage


@dataclass(frozen=True)
class Branch:
    """An activity and what it is asked."""

    step: str
    data: Model


@dataclass
class Gathered[T: Model]:
    """What came back in time, what failed and why, who is still out, and how long each took.

    `spent` is what the failed attempts of branches without an answer cost; an answer carries its own.
    """

    results: dict[str, T] = field(default_factory=dict[str, T])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    missing: tuple[str, ...] = ()
    elapsed: dict[str, timedelta] = field(default_factory=dict[str, timedelta])
    spent: dict[str, Usage] = field(default_factory=dict[str, Usage])

    @property
    def timed_out(self) -> bool:
        return bool(self.missing)


@dataclass(frozen=True)
class _Attempt:
    """What a branch is at: the n-th call of its activity, or the pause before it.

    `why` is the last error, `spent` what all attempts before this one cost.
    """

    task: Task[Any]
    number: int
    began_at: datetime
    is_pause: bool = False
    why: str | None = None
    spent: Usage = field(default_factory=Usage)


def fan_out[T: Model](
    ctx: OrchestrationContext,
    branches: Mapping[str, Branch],
    answer: type[T],
    deadline: timedelta,
    policy: Policy,
) -> Work[Gathered[T]]:
    """Gather the branches' answers until all are in or the deadline has passed; never raises for a branch.

    A branch that failed before the deadline ends with its last error, also while it is being tried again.
    """
    started_at = now(ctx)
    gathered = Gathered[T]()
    asked = {name: _asked(ctx, name, branch, started_at + deadline, policy) for name, branch in branches.items()}
    running = {name: _Attempt(_ask(ctx, branch, asked[name]), 1, started_at) for name, branch in branches.items()}
    timer = ctx.create_timer(deadline)
    while running and not timer.is_complete:
        yield when_any([*(attempt.task for attempt in running.values()), timer])
        for name, attempt in list(running.items()):
            if not attempt.task.is_complete:
                continue
            if attempt.is_pause:
                task = _ask(ctx, branches[name], asked[name])
                running[name] = _Attempt(task, attempt.number + 1, now(ctx), why=attempt.why, spent=attempt.spent)
                continue
            outcome = _outcome(attempt.task)
            spent = attempt.spent + (outcome.usage or Usage())
            pause = None if outcome.error is None else _pause(ctx, outcome, attempt, policy, started_at + deadline)
            if pause is not None:
                running[name] = replace(pause, spent=spent)
                continue
            del running[name]
            gathered.elapsed[name] = now(ctx) - started_at
            if (why := outcome.refused or outcome.error) is not None:
                gathered.errors[name], gathered.spent[name] = why, spent
            else:
                gathered.results[name] = with_costs(answer.model_validate(outcome.answer), spent)
    _stop(timer, *(attempt.task for attempt in running.values() if attempt.is_pause))
    gathered.elapsed |= dict.fromkeys(running, now(ctx) - started_at)
    gathered.errors |= {name: attempt.why for name, attempt in running.items() if attempt.why is not None}
    gathered.spent |= {name: attempt.spent for name, attempt in running.items()}
    gathered.missing = tuple(name for name, attempt in running.items() if attempt.why is None)
    return gathered


def _asked(ctx: OrchestrationContext, name: str, branch: Branch, ends_at: datetime, policy: Policy) -> dict[str, Any]:
    deadline = Deadline(at=ends_at, kept_at=late_path(ctx.instance_id, ends_at, name))
    return sent(branch.data, policy, deadline)


def _ask(ctx: OrchestrationContext, branch: Branch, asked: dict[str, Any]) -> Task[Any]:
    return ctx.call_activity(branch.step, input=asked)


def _outcome(task: Task[Any]) -> Answered:
    """What an activity handed back; one that raised is an error that may be tried again."""
    try:
        return Answered.model_validate(task.get_result())
    except TaskFailedError as error:
        return Answered(error=str(error.details.message or error))


def _pause(
    ctx: OrchestrationContext, outcome: Answered, attempt: _Attempt, policy: Policy, ends_at: datetime
) -> _Attempt | None:
    """The pause before the next attempt; None when there is none left, or none that could end in time.

    An attempt is taken to need as long as the one before it; one that our own rate limit held back was none.
    """
    spent = attempt.number - outcome.held_back
    if spent > policy.retry_count:
        return None
    wait_s = max(policy.retry_first_delay_s * spent, outcome.retry_after_s or 0)
    wait = timedelta(seconds=min(wait_s, LONGEST_RETRY_AFTER_S))
    if now(ctx) + wait + (now(ctx) - attempt.began_at) >= ends_at:
        return None
    return _Attempt(ctx.create_timer(wait), spent, now(ctx), is_pause=True, why=outcome.error)


def _stop(*timers: Any) -> None:
    for timer in timers:
        if not timer.is_complete:
            timer.cancel()
