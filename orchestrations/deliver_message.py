"""A message or a decision on its way to its ticket.

An instance can end at the very moment an event reaches it, and the event is then lost: so the ticket
confirms, and until it does the message is handed over again.
"""

from datetime import timedelta
from typing import Any

from durabletask.task import OrchestrationContext, when_any

from orchestrations.calling import StepFailed, Work, call
from shared import names
from shared.delivery import DeliveryInput, HandedOver, HandOver

PATIENCE_S = (5, 10, 20, 60, 300, 900, 3600, 3600, 3600, 3600)
"""How long each hand-over waits to be confirmed. A ticket deep in thought takes messages at its next step."""


def deliver_message(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input DeliveryInput; returns HandedOver. Fails when no episode took the message in some five hours."""
    given = DeliveryInput.model_validate(data)
    taken = ctx.wait_for_external_event(names.TAKEN_EVENT)
    hand_over = HandOver(delivery=given.delivery, reply_to=ctx.instance_id)
    why = ""
    for patience_s in PATIENCE_S:
        try:
            handed = yield from call(ctx, names.HAND_OVER_MESSAGE, hand_over, HandedOver, given.policy)
        except StepFailed as failure:
            why = failure.why
        else:
            why = handed.why
            if not handed.told:
                return handed.model_dump(mode="json")
        timer = ctx.create_timer(timedelta(seconds=patience_s))
        yield when_any([taken, timer])
        if taken.is_complete:
            if not timer.is_complete:
                timer.cancel()
            return HandedOver(told=True, why="taken in").model_dump(mode="json")
    raise TimeoutError(f"{given.delivery.item.id} was not taken in: {why}")
