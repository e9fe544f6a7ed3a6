"""A person's word to a task, once accepted, is carried out: a decision, and an end from outside.

Each is an instance of its own, so that a door that dies after it was accepted leaves nothing half done.
"""

from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import Work, call
from shared import names
from shared.task_control import Cancelled, Cancelling, DecisionErrand, Told


def deliver_decision(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input DecisionErrand; returns Told.

    The task need not confirm: it waits until a decision comes, and its question gets this one only, so that the event
    cannot reach it in its last turn.
    """
    errand = DecisionErrand.model_validate(data)
    told = yield from call(ctx, names.TELL_TASK, errand, Told, errand.policy)
    return told.model_dump(mode="json")


def deliver_cancellation(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input Cancelling; returns Cancelled."""
    wanted = Cancelling.model_validate(data)
    cancelled = yield from call(ctx, names.END_TASK, wanted, Cancelled, wanted.policy)
    return cancelled.model_dump(mode="json")
