"""The audit channel: reading the trail, and checking that nobody has altered it."""

from datetime import datetime
from typing import Annotated

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import DurableFunctionsClient
from pydantic import AfterValidator, ConfigDict, Field

from shared.audit import AuditQuery
from shared.model import Model
from triggers.http import json_response, read_query, respond
from triggers.services import Services

bp = df.Blueprint()


def _with_zone(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("needs a zone, as in 2026-03-02T09:00:00Z")
    return moment


Moment = Annotated[datetime, AfterValidator(_with_zone)]


class Listing(Model):
    """Query of GET /audit; `to` is the first moment outside."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    actor: Annotated[str, Field(max_length=200)] | None = None
    target: Annotated[str, Field(max_length=400)] | None = None
    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = Field(default=None, alias="to")
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


@bp.route(route="audit", methods=["GET"])
@bp.durable_client_input(client_name="client")
async def list_audit(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _list, "list_audit")


@bp.route(route="audit/verification", methods=["GET"])
@bp.durable_client_input(client_name="client")
async def verify_audit(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _verify, "verify_audit")


async def _list(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    listing = read_query(req, Listing)
    query = AuditQuery(tenant=services.settings.tenant, **listing.model_dump())
    page = await services.audit.find(query)
    items = [line.model_dump(mode="json", exclude={"tenant"}) for line in page.items]
    return json_response({"items": items, "next_cursor": page.next_cursor})


async def _verify(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    return json_response(await services.audit.verify())
