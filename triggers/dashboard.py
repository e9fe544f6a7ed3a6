"""The dashboard channel: how the desk has done, and what requesters think of it."""

from datetime import UTC, datetime

import azure.durable_functions as df
import azure.functions as func

from shared.approvals import is_requester
from shared.dashboard import Dashboard, Window
from shared.events import Event
from shared.model import Model
from shared.ratings import Rating, RatingRequest
from triggers.answers import items_of, part_of
from triggers.conditional import tag_of
from triggers.http import json_response, read_act, read_model, read_query
from triggers.identity import caller
from triggers.operations import door
from triggers.problems import Problem
from triggers.services import Services
from triggers.ticket_reading import current_document

bp = df.Blueprint()


class Asked(Model):
    """Query of GET /dashboard."""

    window: Window = "24h"


RatingShown = part_of(Rating, "RatingShown", without={"ticket_id"})


@door(bp, query=Asked, answers={200: Dashboard})
async def get_dashboard(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The tag leaves out where the window stands: that moves on with each look, and says nothing new by that."""
    from activities.overview import dashboard

    window = read_query(req, Asked).window
    shown = await dashboard(services, services.alerts, services.ratings, window, datetime.now(UTC))
    content = shown.model_dump(mode="json")
    counts = [{name: part for name, part in bucket.items() if name != "at"} for bucket in content["series"]]
    lasting = {name: part for name, part in content.items() if name not in ("period", "series")}
    return json_response(content, headers={"ETag": tag_of(lasting, counts)})


@door(bp, answers={200: items_of(RatingShown)})
async def get_ratings(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    ticket = await current_document(str(req.route_params.get("id") or ""), services)
    found = await services.ratings.of_ticket(services.tenant, ticket.id)
    return json_response({"items": [rating.model_dump(mode="json", exclude={"ticket_id"}) for rating in found]})


@door(bp, body=RatingRequest, answers={201: Rating}, refuses=(409,))
async def rate_ticket(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """201 for the requester's first rating of what the ticket's episode ended with; 409 for a second."""
    from shared.masking import mask

    principal = caller().principal
    # A machine passes on what a person said; a person says it themselves, under the id that their tickets have.
    passed_on = principal.kind == "machine"
    given = read_model(req, RatingRequest) if passed_on else read_act(req, RatingRequest, principal.id)
    ticket = await current_document(str(req.route_params.get("id") or ""), services)
    if not is_requester(given.by, ticket.requester):
        raise Problem(403, "Forbidden", "only whoever asked rates the answer")
    if ticket.status not in ("resolved", "closed", "waiting_for_requester"):
        raise Problem(409, "Conflict", f"there is no answer to rate yet: the ticket is {ticket.status}")
    comment = mask(given.comment)[0] if given.comment else None
    at = datetime.now(UTC)
    rating = Rating(ticket_id=ticket.id, episode=ticket.episode, score=given.score, comment=comment, at=at)
    if not await services.ratings.add(services.tenant, rating):
        raise Problem(409, "Conflict", "this answer has been rated already")
    await services.events.publish(_rated(rating, services.tenant))
    return json_response(rating, 201, {"Location": f"/api/tickets/{ticket.id}"})


def _rated(rating: Rating, tenant: str) -> Event:
    return Event(
        id=f"{rating.ticket_id}-{rating.episode}-rated",
        source="/helpdesk/tickets",
        type="helpdesk.ticket.rated",
        subject=rating.ticket_id,
        time=rating.at,
        data={"tenant": tenant, "episode": rating.episode, "score": rating.score, "outcome": str(rating.score)},
    )
