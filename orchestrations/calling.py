"""Calling an activity: typed in and out, retried by one named policy, refused at once where that is final.

And calling a child, which has the version of its own orchestration.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from durabletask.task import OrchestrationContext, Task, TaskFailedError

from orchestrations.versions import newest_version
from shared.budget import PAYER_KEY
from shared.correlation import CORRELATION_KEY, LANE_KEY
from shared.deadline import DEADLINE_KEY, Deadline
from shared.desk import Policy
from shared.errors import DeskError
from shared.exchanged import Answered, Thought
from shared.model import Model
from shared.thinking import Usage

type Work[T] = Generator[Task[Any], Any, T]
"""A stretch of an orchestration: yields durable tasks, returns a T."""


LONGEST_RETRY_AFTER_S = 3600.0
"""What another side may ask for at most; one that asks for more is as good as down."""
HELD_BACK_PATIENCE_S = 3600.0
"""How long one step waits for our own rate limit before that counts as attempts."""


@dataclass
class Tally:
    """Counts the attempts at steps, and those that failed, for whoever measures how work goes.

    `aside` is what an answer cost that does not say so itself.
    """

    attempts: int = 0
    errors: int = 0
    retries: int = 0
    aside: Usage | None = None

    def count(self, attempts: int, errors: int) -> None:
        self.attempts += attempts
        self.errors += errors
        self.retries += attempts - 1


class StepFailed(DeskError):
    """A step is over without an answer: refused for good, or its retries are used up. `usage` is what it cost."""

    def __init__(self, step: str, why: str, attempts: int = 1, usage: Usage | None = None):
        super().__init__(f"{step} failed: {why}")
        self.step = step
        self.why = why
        self.attempts = attempts
        self.usage = usage


def now(ctx: OrchestrationContext) -> datetime:
    """The orchestration's own time, which durabletask gives without its zone (UTC)."""
    return ctx.current_utc_datetime.replace(tzinfo=UTC)


def sent(data: Model, policy: Policy, deadline: Deadline | None = None) -> dict[str, Any]:
    """An activity's input as it travels, with what is not of the question but of the work it belongs to."""
    body = data.model_dump(mode="json")
    if policy.correlation_id:
        body[CORRELATION_KEY] = policy.correlation_id
    if policy.payer:
        body[PAYER_KEY] = policy.payer.model_dump(mode="json")
    if policy.lane != "interactive":
        body[LANE_KEY] = policy.lane
    if deadline is not None:
        body[DEADLINE_KEY] = deadline.model_dump(mode="json")
    return body


def call[T: Model](
    ctx: OrchestrationContext, step: str, data: Model, answer: type[T], policy: Policy, tally: Tally | None = None
) -> Work[T]:
    """Call an activity until it answers; the n-th retry waits n times the first delay, or as asked.

    A call that our own rate limit held back was no attempt. What failed attempts and looking things up cost is added to
    the answer's own, or told by the tally where it has none.
    Raises StepFailed.
    """
    tally = tally or Tally()
    why, attempt, patience_s, spent = "not tried", 1, HELD_BACK_PATIENCE_S, Usage()
    while attempt <= policy.retry_count + 1:
        wait_s = policy.retry_first_delay_s * attempt
        try:
            given: Any = yield ctx.call_activity(step, input=sent(data, policy))
        except TaskFailedError as error:
            why = str(error.details.message or error)
        else:
            outcome = Answered.model_validate(given)
            spent += outcome.usage or Usage()
            if outcome.refused is not None:
                tally.count(attempt, errors=attempt)
                raise StepFailed(step, outcome.refused, attempt, spent)
            if outcome.error is None:
                tally.count(attempt, errors=attempt - 1)
                answered = with_costs(answer.model_validate(outcome.answer), spent)
                if spent.model_calls and not isinstance(answered, Thought):
                    tally.aside = spent
                return answered
            if outcome.held_back and patience_s > 0:
                held_s = min(outcome.retry_after_s or wait_s, patience_s)
                patience_s -= held_s
                yield ctx.create_timer(timedelta(seconds=held_s))
                continue
            why, wait_s = outcome.error, min(max(wait_s, outcome.retry_after_s or 0), LONGEST_RETRY_AFTER_S)
        if attempt <= policy.retry_count:
            yield ctx.create_timer(timedelta(seconds=wait_s))
        attempt += 1
    tally.count(policy.retry_count + 1, errors=policy.retry_count + 1)
    raise StepFailed(step, why, policy.retry_count + 1, spent)


def call_child(ctx: OrchestrationContext, orchestration: str, data: Model, instance_id: str) -> Task[Any]:
    """Start a child. The runtime compares no versions in a replay, so a later release may name another one here."""
    version = newest_version(orchestration)
    return ctx.call_sub_orchestrator(
        orchestration, input=data.model_dump(mode="json"), instance_id=instance_id, version=version
    )


def with_costs[T: Model](answer: T, spent: Usage) -> T:
    """A thought with what failed attempts before it cost, too."""
    return answer.model_copy(update={"usage": answer.usage + spent}) if isinstance(answer, Thought) else answer
