"""Remembering, once the requester has their answer: catch up on what memory missed, note facts, sum up."""

from datetime import timedelta
from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import StepFailed, Work, call
from orchestrations.task import Task, carry_out
from shared import names
from shared.facts import Learned
from shared.learning import CaughtUp, Kept, LearnRequest, LearnWork, ThreadSummary

CATCH_UP, EXTRACT, KEEP, SUM_UP = names.LEARNING_STEPS
WAITS = (30, 60, 300, 900, 3_600, 10_800, 21_600, 43_200)
"""Seconds between looks at a memory that is down: a day in all, then a person finds a dead letter."""


def learn_requester(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input TaskInput with a LearnRequest; returns the final TaskState, whose result is Kept."""
    return (yield from carry_out(ctx, data, _learn, names.LEARNING_STEPS, is_screened=False))


def _learn(task: Task) -> Work[Kept]:
    work = LearnWork(tenant=task.given.tenant, request=LearnRequest.model_validate(task.given.request))
    yield from _catch_up(task, work)
    learned = yield from task.think(EXTRACT, names.EXTRACT_FACTS, work, Learned)
    work = work.model_copy(update={"learned": learned})
    kept = yield from task.step(KEEP, names.KEEP_FACTS, work, Kept)
    yield from task.think(SUM_UP, names.SUMMARISE_THREAD, work, ThreadSummary)
    return kept


def _catch_up(task: Task, work: LearnWork) -> Work[None]:
    """Wait for a memory that is down. Raises StepFailed after a day."""
    for wait_s in (*WAITS, None):
        done = yield from call(task.ctx, names.CATCH_UP, work, CaughtUp, task.policy)
        if done.degraded is None:
            yield from task.note(CATCH_UP, done)
            return
        if wait_s is not None:
            if done.degraded not in task.state.degraded:
                task.degrade(done.degraded)
                task.show("running")
                yield from task.record()
            yield task.ctx.create_timer(timedelta(seconds=wait_s))
    raise StepFailed(CATCH_UP, f"memory was down for {sum(WAITS) // 3600} hours", len(WAITS) + 1)
