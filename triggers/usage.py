"""The usage channel: what thinking cost on a day."""

from datetime import UTC, date, datetime
from typing import Annotated

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import DurableFunctionsClient
from pydantic import StringConstraints

from shared.model import Model
from triggers.http import json_response, read_query, respond
from triggers.services import Services

bp = df.Blueprint()


class UsageQuery(Model):
    """Query of GET /usage; the day is today's (UTC) where none is named."""

    day: date | None = None
    requester: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None


@bp.route(route="usage", methods=["GET"])
@bp.durable_client_input(client_name="client")
async def get_usage(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _get, "get_usage")


async def _get(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    asked = read_query(req, UsageQuery)
    return json_response(await services.ledger.day(asked.day or datetime.now(UTC).date(), asked.requester))
