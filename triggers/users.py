"""The users channel: what the desk keeps about one person."""

from typing import Annotated

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from shared.memory import ThreadPage
from shared.model import Model
from triggers.http import json_response, read_query
from triggers.identity import check_is_own
from triggers.operations import door
from triggers.problems import Problem
from triggers.services import Services

bp = df.Blueprint()

UserId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""As of a ticket's requester: nobody with a longer id can have anything here."""


class Listing(Model):
    """Query of GET /users/{id}/threads."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


@door(bp, query=Listing, answers={200: ThreadPage}, refuses=(400,), ids={"id": UserId})
async def list_threads(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    listing = read_query(req, Listing)
    page = await services.memory.threads(services.settings.tenant, user_id(req), listing.limit, listing.cursor)
    return json_response(page)


def user_id(req: func.HttpRequest) -> str:
    """The person's id as tickets spell it. Raises Problem 400, and 404 for another's to those who see theirs."""
    try:
        given = TypeAdapter(UserId).validate_python(req.route_params.get("id"))
    except ValidationError as error:
        raise Problem(400, "Invalid request", "a user's id has 1 to 200 characters") from error
    check_is_own(given, f"user {given}")
    return given
