"""The knowledge channel: a person looks at what the desk would learn, and approves or rejects it."""

import uuid
from typing import Annotated

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, TypeAdapter, ValidationError

from activities.auditing import Act, audited
from shared.errors import Permanent
from shared.knowledge import Draft, DraftDecision, DraftDecisionRequest, DraftId, DraftSummary
from shared.model import Model
from triggers.answers import page_of, part_of
from triggers.http import json_response, read_act, read_query
from triggers.operations import door
from triggers.problems import Problem, not_found
from triggers.services import Services

bp = df.Blueprint()


class Listing(Model):
    """Query of GET /knowledge/drafts."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


DraftDecided = part_of(DraftDecision, "DraftDecided", without={"article"})


@door(bp, query=Listing, answers={200: page_of(DraftSummary)})
async def list_drafts(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    from activities.drafts import waiting_drafts

    listing = read_query(req, Listing)
    page = await waiting_drafts(services.artifacts, listing.limit, listing.cursor)
    items = [item.model_dump(mode="json") for item in page.items]
    return json_response({"items": items, "next_cursor": page.next_cursor})


@door(bp, answers={200: Draft}, ids={"id": DraftId})
async def get_draft(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    return json_response(await _draft(req, services))


@door(bp, body=DraftDecisionRequest, answers={200: DraftDecided}, refuses=(409, 422), ids={"id": DraftId})
async def decide_draft(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """200 for the one call whose decision counts; 409 for those that come too late, also at the same moment."""
    from activities.drafts import decide

    given = read_act(req, DraftDecisionRequest)
    found = await _draft(req, services)
    act = Act(
        key=f"draft:{uuid.uuid4().hex}",
        act=f"draft.{given.decision}",
        target=f"draft:{found.id}",
        by=given.by,
        note=given.note,
    )
    try:
        async with audited(act, services):
            decided = await decide(services.artifacts, found, given)
            act.ended = "done" if decided.is_own else "unchanged"
    except Permanent as error:
        if given.text is None:
            raise
        raise Problem(400, "Invalid request", str(error)) from error
    counts = decided.decision
    if not decided.is_own:
        raise Problem(409, "Conflict", f"{counts.by} decided already: {counts.decision}")
    return json_response(counts.model_dump(mode="json", exclude={"article"}))


async def _draft(req: func.HttpRequest, services: Services) -> Draft:
    """Raises Problem 404, also for what cannot be an id."""
    from activities.drafts import draft

    given = req.route_params.get("id")
    try:
        draft_id = TypeAdapter(DraftId).validate_python(given)
    except ValidationError as error:
        raise not_found(f"draft {given}") from error
    found = await draft(services.artifacts, draft_id)
    if found is None:
        raise not_found(f"draft {draft_id}")
    return found
