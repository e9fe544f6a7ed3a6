"""Erasing one person from store after store; what was erased before a crash is not looked for again."""

from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import StepFailed, Work
from orchestrations.task import Task, carry_out
from shared import names
from shared.erasure import (
    ERASED_STORES,
    INSTANCES_STORE,
    Erased,
    ErasureReport,
    ErasureRequest,
    ErasureStep,
    Person,
    Traces,
)
from shared.exchanged import Done

FIND, END = "find", "end_running"


def erase_requester(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input TaskInput with an ErasureRequest; returns the final TaskState, whose result is ErasureReport."""
    return (yield from carry_out(ctx, data, _erase, (FIND, *ERASED_STORES), is_screened=False))


def _erase(task: Task) -> Work[ErasureReport]:
    request = ErasureRequest.model_validate(task.given.request)
    person = Person(tenant=task.given.tenant, requester_id=request.requester_id)
    traces = yield from task.step(FIND, names.FIND_TRACES, person, Traces)
    if traces.running and not request.cancel:
        raise StepFailed(FIND, f"{len(traces.running)} instances still run for this person")
    erased: list[Erased] = []
    for store in ERASED_STORES:
        step = ErasureStep(**person.model_dump(), store=store, traces=traces)
        if store == INSTANCES_STORE and traces.running:
            yield from task.step(END, names.END_RUNNING, step, Done)
        erased.append((yield from task.step(store, names.ERASE_FROM, step, Erased)))
    return ErasureReport(
        erased={one.store: one.count for one in erased}, left=tuple(left for one in erased for left in one.left)
    )
