"""Who the caller is, and what they may do: for the console, and for whoever wonders why a door stays shut."""

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import DurableFunctionsClient

from triggers.http import json_response, respond
from triggers.identity import caller
from triggers.services import Services

bp = df.Blueprint()


@bp.route(route="me", methods=["GET"])
@bp.durable_client_input(client_name="client")
async def who_am_i(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _me, "who_am_i")


async def _me(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    principal = caller().principal
    return json_response(principal.model_dump(mode="json") | {"roles": sorted(principal.roles)})
