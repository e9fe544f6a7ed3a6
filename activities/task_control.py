"""What a person wants of a task is done to its instance; each may run again, and then does nothing more."""

from datetime import UTC, datetime

from activities.task_events import CANCELLED
from activities.tasks import record_task
from shared import names
from shared.ports import Desk
from shared.task_control import Cancelled, Cancelling, DecisionErrand, Told
from shared.tasks import TaskRecord


async def tell_task(errand: DecisionErrand, desk: Desk) -> Told:
    return Told(told=await desk.instances.raise_event(errand.instance_id, names.INBOX_EVENT, errand.decision))


async def end_task(wanted: Cancelling, desk: Desk) -> Cancelled:
    """End the task's instance, then whatever of its children still runs; record and publish that it was cancelled."""
    await desk.instances.terminate(wanted.instance_id, CANCELLED)
    found = await desk.instances.state(wanted.instance_id)
    if found is None or found.status != "terminated":
        return Cancelled()
    children = await desk.instances.cut_short(wanted.instance_id)
    for child in children:
        await desk.instances.terminate(child, CANCELLED)
    update = {"status": "failed", "error": CANCELLED, "asks": None, "updated_at": datetime.now(UTC)}
    state = wanted.state.model_copy(update=update)
    await record_task(TaskRecord(tenant=wanted.tenant, state=state, instance_id=wanted.instance_id), desk)
    return Cancelled(terminated=(wanted.instance_id, *children))
