"""The tickets channel: intake over HTTP and queue, reading, later messages."""

import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import DurableFunctionsClient
from pydantic import Field

from shared import names
from shared.desk import Delivery, DeliveryInput, Event, TicketDocument
from shared.errors import Permanent
from shared.model import Model
from shared.ports import InstanceState, TicketQuery
from shared.tickets import Category, Message, MessageRequest, Priority, Status, Ticket, TicketRequest
from triggers.http import (
    Problem,
    idempotency_key,
    json_response,
    not_found,
    read_model,
    read_query,
    respond,
)
from triggers.queues import taking
from triggers.services import Services

bp = df.Blueprint()

RETRY_AFTER_S = "2"


class Listing(Model):
    """Query of GET /tickets."""

    status: Status | None = None
    priority: Priority | None = None
    category: Category | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


@bp.route(route="tickets", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def create_ticket(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _create)


@bp.route(route="tickets", methods=["GET"])
@bp.durable_client_input(client_name="client")
async def list_tickets(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _list)


@bp.route(route="tickets/{id}", methods=["GET"])
@bp.durable_client_input(client_name="client")
async def get_ticket(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _get)


@bp.route(route="tickets/{id}/events", methods=["GET"])
@bp.durable_client_input(client_name="client")
async def get_ticket_events(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _events)


@bp.route(route="tickets/{id}/messages", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def add_message(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _add_message)


@bp.queue_trigger(arg_name="msg", queue_name=names.QUEUE_TICKETS, connection="AzureWebJobsStorage")
@bp.durable_client_input(client_name="client")
async def take_queued_ticket(msg: func.QueueMessage, client: DurableFunctionsClient) -> None:
    """One ticket a message; what cannot be read, or contradicts an earlier one, ends as poison."""
    from activities.intake import accept, accepted_ticket, ticket_id

    async with taking(msg, names.QUEUE_TICKETS, client) as services:
        request = TicketRequest.model_validate(json.loads(msg.get_body()))
        tenant = services.settings.tenant
        if request.external_id is not None:
            identity = ticket_id(tenant, "external-id", request.external_id)
        else:
            identity = ticket_id(tenant, "message", str(msg.id))
        ticket = accepted_ticket(request, tenant, identity, door="queue")
        accepted = await accept(ticket, services.policy, services.instances)
        if accepted.outcome == "conflict":
            raise Permanent(f"external_id {request.external_id!r} is taken by a ticket of other content")


async def _create(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    from activities.intake import accept, accepted_ticket

    request = read_model(req, TicketRequest)
    ticket = accepted_ticket(request, services.settings.tenant, _identity(req, request, services))
    accepted = await accept(ticket, services.policy, services.instances)
    if accepted.outcome == "conflict":
        detail = "the same Idempotency-Key or external_id was used with another body"
        raise Problem(409, "Conflict", detail)
    path = f"/api/tickets/{ticket.id}"
    links = {"self": path, "messages": f"{path}/messages", "events": f"{path}/events"}
    body = {"id": ticket.id, "status": accepted.status, "links": links}
    return json_response(body, 202, {"Location": path, "Retry-After": RETRY_AFTER_S})


def _identity(req: func.HttpRequest, request: TicketRequest, services: Services) -> str:
    from activities.intake import ticket_id

    tenant = services.settings.tenant
    if (key := idempotency_key(req)) is not None:
        return ticket_id(tenant, "idempotency-key", key)
    if request.external_id is not None:
        return ticket_id(tenant, "external-id", request.external_id)
    return uuid.uuid4().hex[:24]


async def _list(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    listing = read_query(req, Listing)
    query = TicketQuery(tenant=services.settings.tenant, **listing.model_dump())
    page = await services.archive.find(query)
    at = datetime.now(UTC)
    items = [view(document, services, at) for document in page.items]
    return json_response({"items": items, "next_cursor": page.next_cursor})


async def _get(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    document = await current_document(_ticket_id(req), services)
    return json_response(view(document, services, datetime.now(UTC)))


async def _events(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    ticket_id = _ticket_id(req)
    events: tuple[Event, ...] = await services.events.of_ticket(ticket_id)
    if not events:
        await current_document(ticket_id, services)
    return json_response({"items": [event.structured() for event in events]})


async def _add_message(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    ticket_id = _ticket_id(req)
    given = read_model(req, MessageRequest)
    document = await current_document(ticket_id, services)
    at = datetime.now(UTC)
    if document.closes_at is not None and document.closes_at < at:
        raise Problem(409, "Conflict", "the ticket is closed and its window for reopening is over: open a new one")
    message_id = _message_id(ticket_id, idempotency_key(req))
    message = Message(**given.model_dump(), id=message_id, at=at)
    delivery = Delivery(tenant=services.settings.tenant, ticket_id=ticket_id, message=message)
    instance_id = names.delivery_instance(ticket_id, message_id)
    errand = DeliveryInput(delivery=delivery, policy=services.policy)
    if not await services.instances.start(names.DELIVER_MESSAGE, instance_id, errand):
        await _check_is_repeat(message, instance_id, services)
    path = f"/api/tickets/{ticket_id}"
    body = {"id": message_id, "ticket_id": ticket_id, "status": "accepted", "links": {"ticket": path}}
    return json_response(body, 202, {"Location": path, "Retry-After": RETRY_AFTER_S})


async def _check_is_repeat(message: Message, instance_id: str, services: Services) -> None:
    """A message under a key that was used is only a repeat when it says the same. Raises Problem 409."""
    found = await services.instances.state(instance_id)
    if found is None:
        return
    earlier = DeliveryInput.model_validate(found.input).delivery.message
    if earlier != message.model_copy(update={"at": earlier.at}):
        raise Problem(409, "Conflict", "the same Idempotency-Key was used with another message")


def _message_id(ticket_id: str, key: str | None) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{ticket_id}:{key}").hex if key else uuid.uuid4().hex


def _ticket_id(req: func.HttpRequest) -> str:
    return str(req.route_params.get("id") or "")


async def current_document(ticket_id: str, services: Services) -> TicketDocument:
    """The ticket as it stands: the archive's document with what the running instance knows better.

    Raises Problem 404.
    """
    from activities.episodes import latest_episode
    from activities.intake import document_of

    if not ticket_id.isalnum():
        raise not_found(f"ticket {ticket_id}")
    try:
        _, state = await latest_episode(services.settings.tenant, ticket_id, services)
    except Permanent as error:
        raise not_found(f"ticket {ticket_id}") from error
    archived = await _archived(ticket_id, services)
    finished = document_of(state)
    if archived is None or (finished is not None and finished.version > archived.version):
        archived = finished or _new_document(state, services)
    shown: Any = state.custom_status
    if shown is not None and shown["version"] > archived.version:
        return await _on_its_way(state, services) or archived
    return archived


async def _on_its_way(state: InstanceState, services: Services) -> TicketDocument | None:
    """The document that the instance is having recorded: a status is never shown without what belongs to it."""
    given = await services.durable.last_input_of(state.instance_id, names.RECORD)
    return None if given is None else TicketDocument.model_validate(given)


async def _archived(ticket_id: str, services: Services) -> TicketDocument | None:
    from shared.errors import Unavailable

    try:
        return await services.archive.get(services.settings.tenant, ticket_id)
    except Unavailable:
        return None


def _new_document(state: InstanceState, services: Services) -> TicketDocument:
    """A ticket that has been accepted and not yet recorded."""
    from shared.clocks import open_clocks
    from shared.masking import mask

    ticket = Ticket.model_validate(state.input["ticket"])
    return TicketDocument(
        **ticket.model_dump(include={"id", "tenant", "requester", "channel", "external_id", "batch_id"}),
        episode=1,
        version=0,
        status="new",
        subject=mask(ticket.subject)[0],
        clocks=open_clocks(ticket.created_at, None, services.policy.sla),
        created_at=ticket.created_at,
        updated_at=ticket.created_at,
    )


def view(document: TicketDocument, services: Services, at: datetime) -> dict[str, Any]:
    """A ticket as the API shows it: clocks are read at this moment, and a window that is over is over."""
    from shared.clocks import reading

    if document.status in ("resolved", "waiting_for_requester") and document.closes_at and document.closes_at < at:
        document = document.model_copy(update={"status": "closed"})
    calendar = services.policy.sla.calendar
    shown = document.model_dump(mode="json", exclude={"clocks", "tenant"})
    shown["sla"] = {
        name: reading(clock, calendar, at).model_dump(mode="json")
        for name, clock in (
            ("first_response", document.clocks.first_response),
            ("resolution", document.clocks.resolution),
        )
    }
    return shown
