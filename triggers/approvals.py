"""The approvals channel: a person decides on an escalated ticket."""

import uuid
from datetime import UTC, datetime

import azure.durable_functions as df
import azure.functions as func

from shared import names
from shared.actions import Undone
from shared.delivery import Delivery, DeliveryInput
from shared.errors import Permanent
from shared.tickets import Decision, DecisionRequest, Message, UndoRequest
from triggers.answers import OnItsWay, TicketLink
from triggers.deciding import is_their_own, take_decision
from triggers.http import idempotency_key, json_response, read_act
from triggers.identity import caller
from triggers.operations import IDEMPOTENCY_KEY, IF_MATCH, door
from triggers.problems import Problem, forbidden, not_found
from triggers.services import Services
from triggers.ticket_reading import check_is_as_read, current, current_document

bp = df.Blueprint()


@door(bp, body=UndoRequest, answers={200: Undone}, refuses=(409,))
async def undo_action(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """200 with what was put back, also for a repeat by the same person; 409 where it cannot be, or somebody has."""
    from activities.undo import undo

    given = read_act(req, UndoRequest)
    ticket_id, action = str(req.route_params.get("id")), str(req.route_params.get("action"))
    document = await current_document(ticket_id, services)
    if is_their_own(given.by, document.requester):
        raise forbidden("an operator undoes what was done for a requester")
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


@door(bp, body=DecisionRequest, headers=(IDEMPOTENCY_KEY, IF_MATCH), answers={202: OnItsWay}, refuses=(409, 412))
async def decide(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """202 once the decision is on its way."""
    ticket_id = str(req.route_params.get("id") or "")
    given = read_act(req, DecisionRequest)
    document, state = await current(ticket_id, services)
    check_is_as_read(req, document)
    decision = _decision(req, given)
    may_approve = "approver" in caller().principal.roles
    await take_decision(decision, document, state, services, may_approve=may_approve)
    path = f"/api/tickets/{ticket_id}"
    body = OnItsWay(id=decision.id, ticket_id=ticket_id, links=TicketLink(ticket=path))
    return json_response(body, 202, {"Location": path, "Retry-After": "1"})


def _decision(req: func.HttpRequest, given: DecisionRequest) -> Decision:
    """Under an Idempotency-Key a repeat is the same decision, and counts once."""
    key = idempotency_key(req)
    said = f"{req.route_params.get('id')}:{key}:{given.model_dump_json()}"
    identity = uuid.uuid5(uuid.NAMESPACE_URL, said).hex if key else uuid.uuid4().hex
    return Decision(**given.model_dump(), id=identity, at=datetime.now(UTC))
