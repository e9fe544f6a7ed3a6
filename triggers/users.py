"""The users channel: what the desk keeps about one person."""

from typing import Annotated

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import DurableFunctionsClient
from pydantic import Field

from shared.model import Model
from triggers.http import json_response, read_query, respond
from triggers.identity import check_is_own
from triggers.problems import Problem
from triggers.services import Services

bp = df.Blueprint()

LONGEST_ID = 200
"""As of a ticket's requester: nobody with a longer id can have anything here."""


class Listing(Model):
    """Query of GET /users/{id}/threads."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


@bp.route(route="users/{id}/threads", methods=["GET"])
@bp.durable_client_input(client_name="client")
async def list_threads(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _threads, "list_threads")


async def _threads(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    listing = read_query(req, Listing)
    page = await services.memory.threads(services.settings.tenant, user_id(req), listing.limit, listing.cursor)
    return json_response(page)


def user_id(req: func.HttpRequest) -> str:
    """The person's id as tickets spell it. Raises Problem 400, and 404 for another's to those who see theirs."""
    given = str(req.route_params.get("id") or "").strip()
    if not 1 <= len(given) <= LONGEST_ID:
        raise Problem(400, "Invalid request", f"a user's id has 1 to {LONGEST_ID} characters")
    check_is_own(given, f"user {given}")
    return given
