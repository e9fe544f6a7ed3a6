"""The approvals channel: a person decides on an escalated ticket."""

import uuid
from datetime import UTC, datetime
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import DurableFunctionsClient

from shared import names
from shared.errors import Permanent
from shared.tickets import Decision, DecisionRequest, InboxItem
from triggers.http import Problem, json_response, not_found, read_model, respond
from triggers.services import Services
from triggers.ticket_reading import came_first, check_is_as_read, current_document

bp = df.Blueprint()


@bp.route(route="tickets/{id}/decision", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def decide(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _decide)


async def _decide(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """202 once the ticket has been told; it weighs the decision against others that arrive with it."""
    from activities.episodes import latest_episode

    ticket_id = str(req.route_params.get("id") or "")
    given = read_model(req, DecisionRequest)
    if not ticket_id.isalnum():
        raise not_found(f"ticket {ticket_id}")
    document = await current_document(ticket_id, services)
    check_is_as_read(req, document)
    try:
        _, state = await latest_episode(services.settings.tenant, ticket_id, services)
    except Permanent as error:
        raise not_found(f"ticket {ticket_id}") from error
    shown: Any = state.custom_status or {}
    escalation_id = shown.get("escalation_id")
    if state.ended or escalation_id is None:
        detail = f"nothing waits for a decision on this ticket: {came_first(document)}"
        raise Problem(409, "Conflict", detail)
    if given.decision == "approve" and given.action_hash != escalation_id.rpartition("-")[2]:
        raise Problem(409, "Conflict", "the actions are not those that action_hash stands for: read the ticket again")
    decision = Decision(**given.model_dump(), id=uuid.uuid4().hex, at=datetime.now(UTC))
    item = InboxItem(decision=decision)
    if not await services.instances.raise_event(state.instance_id, names.INBOX_EVENT, item):
        raise Problem(409, "Conflict", "the ticket was decided at this very moment")
    path = f"/api/tickets/{ticket_id}"
    body = {"id": decision.id, "ticket_id": ticket_id, "status": "accepted", "links": {"ticket": path}}
    return json_response(body, 202, {"Location": path, "Retry-After": "1"})
