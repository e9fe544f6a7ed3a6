"""The audit channel: reading the trail, and checking that nobody has altered it."""

from datetime import datetime
from typing import Annotated

import azure.durable_functions as df
import azure.functions as func
from pydantic import AfterValidator, ConfigDict, Field

from shared.audit import AuditLine, AuditQuery, Verification
from shared.model import Model
from triggers.answers import page_of, part_of
from triggers.http import Moment, json_response, read_query
from triggers.operations import door
from triggers.services import Services

bp = df.Blueprint()


def _with_zone(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("needs a zone, as in 2026-03-02T09:00:00Z")
    return moment


ZonedMoment = Annotated[Moment, AfterValidator(_with_zone)]


class Listing(Model):
    """Query of GET /audit; `to` is the first moment outside."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    actor: Annotated[str, Field(max_length=200)] | None = None
    target: Annotated[str, Field(max_length=400)] | None = None
    since: ZonedMoment | None = Field(default=None, alias="from")
    until: ZonedMoment | None = Field(default=None, alias="to")
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


AuditLineShown = part_of(AuditLine, "AuditLineShown", without={"tenant"})


@door(bp, query=Listing, answers={200: page_of(AuditLineShown)})
async def list_audit(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    listing = read_query(req, Listing)
    query = AuditQuery(tenant=services.settings.tenant, **listing.model_dump())
    page = await services.audit.find(query)
    items = [line.model_dump(mode="json", exclude={"tenant"}) for line in page.items]
    return json_response({"items": items, "next_cursor": page.next_cursor})


@door(bp, answers={200: Verification})
async def verify_audit(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    return json_response(await services.audit.verify())
