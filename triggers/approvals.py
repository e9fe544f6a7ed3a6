"""The approvals channel: a person decides on an escalated ticket."""

import uuid
from datetime import UTC, datetime
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import DurableFunctionsClient

from activities.auditing import Act, write_down
from shared import metrics, names
from shared.actions import Undone
from shared.approvals import is_requester
from shared.delivery import Delivery, DeliveryInput
from shared.desk import TicketDocument
from shared.errors import Permanent
from shared.instances import InstanceState
from shared.metering import measure
from shared.tickets import Decision, DecisionRequest, Message, UndoRequest
from triggers.http import Problem, idempotency_key, json_response, not_found, read_model, respond
from triggers.services import Services
from triggers.ticket_reading import came_first, check_is_as_read, current, current_document
from triggers.waiting import wait_span

bp = df.Blueprint()


@bp.route(route="tickets/{id}/decision", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def decide(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _decide)


@bp.route(route="tickets/{id}/actions/{action}/undo", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def undo_action(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _undo)


async def _undo(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """200 with what was put back, also for a repeat by the same person; 409 where it cannot be, or somebody has."""
    from activities.undo import undo

    given = read_model(req, UndoRequest)
    ticket_id, action = str(req.route_params.get("id")), str(req.route_params.get("action"))
    document = await current_document(ticket_id, services)
    if is_requester(given.by, document.requester):
        raise Problem(403, "Forbidden", "an operator undoes what was done for a requester")
    try:
        undone = await undo(ticket_id, names.action_key(ticket_id, action), given.by, given.note, services)
    except Permanent as error:
        raise Problem(409, "Conflict", str(error)) from error
    if undone is None:
        raise not_found(f"action {action} of ticket {ticket_id}")
    if undone.by != given.by:
        raise Problem(409, "Conflict", f"{undone.by} has undone it already")
    await _note_on_ticket(ticket_id, action, undone, services)
    return json_response(undone)


async def _note_on_ticket(ticket_id: str, action: str, undone: Undone, services: Services) -> None:
    """An internal note, which reopens nothing; under the action's own id, so that a repeat is the same note."""
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{ticket_id}:{action}:undone").hex
    text = f"{undone.action.kind} undone by {undone.by}"
    note = Message(id=identity, sender="operator", text=text, internal=True, at=undone.at)
    errand = DeliveryInput(
        delivery=Delivery(tenant=services.tenant, ticket_id=ticket_id, message=note), policy=services.policy
    )
    await services.instances.start(names.DELIVER_MESSAGE, names.delivery_instance(ticket_id, identity), errand)


async def _decide(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """202 once the decision is on its way; the ticket weighs it against others that arrive with it."""
    ticket_id = str(req.route_params.get("id") or "")
    given = read_model(req, DecisionRequest)
    document, state = await current(ticket_id, services)
    check_is_as_read(req, document)
    decision = _decision(req, given)
    act = Act(
        key=f"decision:{decision.id}",
        act=f"ticket.{given.decision}",
        target=f"ticket:{ticket_id}",
        by=given.by,
        note=given.note,
        after=given.model_dump(mode="json", include={"answer", "assign_to", "action_hash"}, exclude_none=True),
    )
    try:
        _check_counts(given, document, state)
    except Problem as problem:
        await write_down(act, "refused", services, problem.detail)
        raise
    await write_down(act, "accepted", services)
    delivery = Delivery(tenant=services.tenant, ticket_id=ticket_id, decision=decision)
    errand = DeliveryInput(delivery=delivery, policy=services.policy)
    instance_id = names.delivery_instance(ticket_id, decision.id)
    with await wait_span(document, services) as span:
        span.set_attribute("helpdesk.decision", decision.decision)
        if await services.instances.start(names.DELIVER_MESSAGE, instance_id, errand):
            measure(metrics.DECISIONS, decision=decision.decision)
    path = f"/api/tickets/{ticket_id}"
    body = {"id": decision.id, "ticket_id": ticket_id, "status": "accepted", "links": {"ticket": path}}
    return json_response(body, 202, {"Location": path, "Retry-After": "1"})


def _check_counts(given: DecisionRequest, document: TicketDocument, state: InstanceState | None) -> None:
    """What can be told at once; the ticket weighs it again. Raises Problem 403 or 409."""
    shown: Any = (state.custom_status if state else None) or {}
    escalation_id = shown.get("escalation_id")
    if state is None or state.ended or escalation_id is None:
        detail = f"nothing waits for a decision on this ticket: {came_first(document)}"
        raise Problem(409, "Conflict", detail)
    if given.decision != "approve":
        return
    if is_requester(given.by, document.requester):
        raise Problem(403, "Forbidden", "nobody approves what they have asked for themselves")
    if given.action_hash != escalation_id.rpartition("-")[2]:
        detail = "the actions are not those that action_hash stands for, or it has expired: read the ticket again"
        raise Problem(409, "Conflict", detail)


def _decision(req: func.HttpRequest, given: DecisionRequest) -> Decision:
    """Under an Idempotency-Key a repeat is the same decision, and counts once."""
    key = idempotency_key(req)
    said = f"{req.route_params.get('id')}:{key}:{given.model_dump_json()}"
    identity = uuid.uuid5(uuid.NAMESPACE_URL, said).hex if key else uuid.uuid4().hex
    return Decision(**given.model_dump(), id=identity, at=datetime.now(UTC))
