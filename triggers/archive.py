"""Rebuilding the archive: it is a projection, and durable state is the truth it is made from."""

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import DurableFunctionsClient

from shared import names
from shared.desk import TicketDocument
from triggers.http import json_response, respond
from triggers.services import Services

bp = df.Blueprint()


@bp.route(route="archive/rebuild", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def rebuild_archive(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _rebuild)


async def _rebuild(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Write each episode's last document; the archive keeps the newest version of a ticket."""
    states = await services.durable.all_with_prefix("ticket-")
    written = 0
    for state in states:
        last = state.output or await services.durable.last_input_of(state.instance_id, names.RECORD)
        if last is not None:
            written += await services.archive.put(TicketDocument.model_validate(last))
    return json_response({"instances": len(states), "written": written})
