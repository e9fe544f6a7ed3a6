"""What happens to a task, as CloudEvents."""

from shared import names
from shared.events import Event
from shared.tasks import WORKFLOW_OF, TaskState

EVENT_SOURCE = "/helpdesk/tasks"
CANCELLED = "cancelled"
"""The error of a task that was ended from outside."""
_KIND_OF = {"running": "started", "waiting": "waiting", "completed": "completed", "failed": "failed"}


def task_event(tenant: str, state: TaskState, instance_id: str | None) -> Event | None:
    """The CloudEvent of a state, None for one that nobody is told of; its data are facts, never anybody's text.

    The id follows from what happened, so a state that is recorded again is no second event. A task that was taken up
    after a dead letter tells anew: it is another instance.
    """
    kind = CANCELLED if state.error == CANCELLED else _KIND_OF.get(state.status)
    if kind is None:
        return None
    asked = f"-{state.asks.id}" if state.asks is not None else ""
    return Event(
        id=f"{instance_id or names.task_instance(state.id)}-{kind}{asked}",
        source=EVENT_SOURCE,
        type=f"helpdesk.task.{kind}",
        subject=state.id,
        time=state.updated_at,
        data={"tenant": tenant, "type": state.type, "workflow": WORKFLOW_OF[state.type], "status": state.status},
    )
