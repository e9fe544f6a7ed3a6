"""Rebuilding the archive: it is a projection, and durable state is the truth it is made from."""

import uuid

import azure.durable_functions as df
import azure.functions as func

from activities.auditing import Act, audited
from shared import names
from shared.desk import TicketDocument
from shared.instances import InstanceState
from shared.model import Model
from shared.tasks import WORKFLOW_OF, TaskRecord, TaskState
from triggers.http import json_response
from triggers.identity import signature
from triggers.operations import door
from triggers.services import Services

bp = df.Blueprint()


class Rebuilt(Model):
    """How many instances were read, and how many documents and states were new to the archive."""

    instances: int
    written: int


@door(bp, answers={200: Rebuilt})
async def rebuild_archive(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Write each episode's last document and each task's last state; the archive keeps the newest."""
    act = Act(key=f"archive:{uuid.uuid4().hex}", act="archive.rebuild", target="archive", by=signature())
    async with audited(act, services):
        rebuilt = await _written(services)
        act.after = rebuilt.model_dump()
    return json_response(rebuilt)


async def _written(services: Services) -> Rebuilt:
    instances = written = 0
    async for state in services.durable.each_with_prefix("ticket-"):
        instances += 1
        last = state.output or await services.durable.last_input_of(state.instance_id, names.RECORD)
        if last is not None:
            written += await services.archive.put(TicketDocument.model_validate(last))
    async for state in services.durable.each_with_prefix("task-"):
        if state.name in WORKFLOW_OF:
            instances += 1
            written += await services.tasks.put(services.settings.tenant, await _last_state(state, services))
    return Rebuilt(instances=instances, written=written)


async def _last_state(instance: InstanceState, services: Services) -> TaskState:
    """What a task recorded last, unless it has gone on since: custom status has no room for large results."""
    from activities.task_intake import state_of

    state = state_of(instance)
    last = None if instance.ended else await services.durable.last_input_of(instance.instance_id, names.RECORD_TASK)
    recorded = TaskRecord.model_validate(last).state if last is not None else None
    return recorded if recorded is not None and recorded.updated_at >= state.updated_at else state
