"""Rebuilding the archive: it is a projection, and durable state is the truth it is made from."""

import uuid

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import DurableFunctionsClient

from activities.auditing import Act, audited
from shared import names
from shared.desk import TicketDocument
from shared.instances import InstanceState
from shared.tasks import WORKFLOW_OF, TaskRecord, TaskState
from triggers.http import json_response, respond
from triggers.identity import signature
from triggers.services import Services

bp = df.Blueprint()


@bp.route(route="archive/rebuild", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def rebuild_archive(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _rebuild, "rebuild_archive")


async def _rebuild(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Write each episode's last document and each task's last state; the archive keeps the newest."""
    act = Act(key=f"archive:{uuid.uuid4().hex}", act="archive.rebuild", target="archive", by=signature())
    async with audited(act, services):
        rebuilt = await _written(services)
        act.after = rebuilt
    return json_response(rebuilt)


async def _written(services: Services) -> dict[str, int]:
    """How many instances were read, and how many documents and states were new to the archive."""
    states = await services.durable.all_with_prefix("ticket-")
    written = 0
    for state in states:
        last = state.output or await services.durable.last_input_of(state.instance_id, names.RECORD)
        if last is not None:
            written += await services.archive.put(TicketDocument.model_validate(last))
    tasks = [state for state in await services.durable.all_with_prefix("task-") if state.name in WORKFLOW_OF]
    for state in tasks:
        written += await services.tasks.put(services.settings.tenant, await _last_state(state, services))
    return {"instances": len(states) + len(tasks), "written": written}


async def _last_state(instance: InstanceState, services: Services) -> TaskState:
    """What a task recorded last, unless it has gone on since: custom status has no room for large results."""
    from activities.task_intake import state_of

    state = state_of(instance)
    last = None if instance.ended else await services.durable.last_input_of(instance.instance_id, names.RECORD_TASK)
    recorded = TaskRecord.model_validate(last).state if last is not None else None
    return recorded if recorded is not None and recorded.updated_at >= state.updated_at else state
