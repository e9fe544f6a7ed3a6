"""Who the caller is, and what they may do: for the console, and for whoever wonders why a door stays shut."""

import azure.durable_functions as df
import azure.functions as func

from shared.principals import Principal
from triggers.http import json_response
from triggers.identity import caller
from triggers.operations import door
from triggers.services import Services

bp = df.Blueprint()


@door(bp, answers={200: Principal})
async def who_am_i(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    principal = caller().principal
    return json_response(principal.model_dump(mode="json") | {"roles": sorted(principal.roles)})
