"""The tickets channel: intake over HTTP and queue, reading, later messages."""

import uuid
from datetime import UTC, datetime
from typing import Annotated

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, WithJsonSchema, field_validator

from shared import names
from shared.archives import TicketQuery
from shared.delivery import Delivery, DeliveryInput
from shared.errors import Permanent
from shared.events import Event
from shared.model import Model
from shared.tickets import Category, Message, MessageRequest, Priority, Status, TicketRequest
from triggers.answers import OnItsWay, SelfLink, TicketLink, items_of, page_of, part_of
from triggers.conditional import tag_of
from triggers.http import Several, idempotency_key, json_response, read_model, read_query
from triggers.identity import caller, check_asks_for_themselves
from triggers.operations import IDEMPOTENCY_KEY, door
from triggers.problems import Problem, forbidden
from triggers.queues import read_message, taking
from triggers.services import Services, durable_client
from triggers.ticket_reading import SHOWN, TicketLine, TicketShown, current, current_document, description_of, tag, view

bp = df.Blueprint()

RETRY_AFTER_S = "2"


class Listing(Model):
    """Query of GET /tickets."""

    status: Annotated[tuple[Status, ...], Several] = ()
    priority: Annotated[tuple[Priority, ...], Several] = ()
    category: Category | None = None
    assigned_to: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    requester: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    batch: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    words: Annotated[str | None, Field(min_length=1, max_length=200, alias="q")] = None
    fields: Annotated[tuple[Annotated[str, WithJsonSchema({"enum": sorted(SHOWN)})], ...], Several] = ()
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None

    @field_validator("fields")
    @classmethod
    def _are_known(cls, fields: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(fields) - SHOWN:
            raise ValueError(f"a ticket has no {', '.join(sorted(unknown))}")
        return fields


class TicketLinks(SelfLink):
    messages: str
    events: str


class TicketAccepted(Model):
    """`status` is that of the ticket, which a repeat finds further on."""

    id: str
    status: Status
    links: TicketLinks


EventShown = part_of(Event, "EventShown", optional={"traceparent", "correlationid", "expirytime"})


@bp.queue_trigger(arg_name="msg", queue_name=names.QUEUE_TICKETS, connection="AzureWebJobsStorage")
@durable_client(bp)
async def take_queued_ticket(msg: func.QueueMessage, client: str) -> None:
    """One ticket a message; what cannot be read, or contradicts an earlier one, ends as poison."""
    from activities.intake import accept, accepted_ticket, ticket_id

    async with taking(msg, names.QUEUE_TICKETS, client) as services:
        content, message_id = read_message(msg)
        request = TicketRequest.model_validate(content)
        tenant = services.settings.tenant
        if request.external_id is not None:
            identity = ticket_id(tenant, "external-id", request.external_id)
        else:
            identity = ticket_id(tenant, "message", message_id)
        ticket = accepted_ticket(request, tenant, identity, door="queue")
        accepted = await accept(ticket, services.policy, services)
        if accepted.outcome == "conflict":
            raise Permanent(f"external_id {request.external_id!r} is taken by a ticket of other content")


@door(bp, body=TicketRequest, headers=(IDEMPOTENCY_KEY,), answers={202: TicketAccepted}, refuses=(409,))
async def create_ticket(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    from activities.intake import accept, accepted_ticket

    request = read_model(req, TicketRequest)
    check_asks_for_themselves(request.requester)
    if caller().narrowed and request.external_id is not None:
        raise forbidden("external_id is for the systems that tickets come from")
    ticket = accepted_ticket(request, services.settings.tenant, _identity(req, request, services))
    accepted = await accept(ticket, services.policy, services)
    if accepted.outcome == "conflict":
        detail = "the same Idempotency-Key or external_id was used with another body"
        raise Problem(409, "Conflict", detail)
    path = f"/api/tickets/{ticket.id}"
    links = TicketLinks(self=path, messages=f"{path}/messages", events=f"{path}/events")
    body = TicketAccepted(id=ticket.id, status=accepted.status, links=links)
    return json_response(body, 202, {"Location": path, "Retry-After": RETRY_AFTER_S})


def _identity(req: func.HttpRequest, request: TicketRequest, services: Services) -> str:
    from activities.intake import ticket_id

    tenant = services.settings.tenant
    if (key := idempotency_key(req)) is not None:
        # A requester's keys are their own: nobody can take one before another does.
        whose = f"{caller().principal.id}\n" if caller().narrowed else ""
        return ticket_id(tenant, "idempotency-key", f"{whose}{key}")
    if request.external_id is not None:
        return ticket_id(tenant, "external-id", request.external_id)
    return uuid.uuid4().hex[:24]


@door(bp, query=Listing, answers={200: page_of(TicketLine)})
async def list_tickets(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    listing = read_query(req, Listing)
    who = caller()
    if who.narrowed:
        if not who.may_see(listing.requester or who.principal.id):
            return json_response({"items": [], "next_cursor": None})
        listing = listing.model_copy(update={"requester": who.principal.id})
    query = TicketQuery(tenant=services.settings.tenant, **listing.model_dump(exclude={"fields"}))
    page = await services.archive.find(query)
    at = datetime.now(UTC)
    items = [view(document, services, at, listing.fields) for document in page.items]
    whole = tag_of(listing, page.next_cursor, [(document.id, tag(document, at)) for document in page.items])
    return json_response({"items": items, "next_cursor": page.next_cursor}, headers={"ETag": whole})


@door(bp, answers={200: TicketShown})
async def get_ticket(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    document, state = await current(_ticket_id(req), services)
    at = datetime.now(UTC)
    shown = view(document, services, at) | {"description": description_of(state)}
    return json_response(shown, headers={"ETag": tag(document, at)})


@door(bp, answers={200: items_of(EventShown)})
async def get_ticket_events(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    ticket_id = _ticket_id(req)
    events: tuple[Event, ...] = await services.events.of_ticket(ticket_id)
    if not events or caller().narrowed:
        await current_document(ticket_id, services)
    return json_response({"items": [event.structured() for event in events]})


@door(bp, body=MessageRequest, headers=(IDEMPOTENCY_KEY,), answers={202: OnItsWay}, refuses=(409,))
async def add_message(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    ticket_id = _ticket_id(req)
    given = read_model(req, MessageRequest)
    if caller().narrowed and given.sender != "requester":
        raise forbidden("requesters write as requesters")
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
    body = OnItsWay(id=message_id, ticket_id=ticket_id, links=TicketLink(ticket=path))
    return json_response(body, 202, {"Location": path, "Retry-After": RETRY_AFTER_S})


async def _check_is_repeat(message: Message, instance_id: str, services: Services) -> None:
    """A message under a key that was used is only a repeat when it says the same. Raises Problem 409."""
    found = await services.instances.state(instance_id)
    if found is None:
        return
    earlier = DeliveryInput.model_validate(found.input).delivery.item
    if earlier != message.model_copy(update={"at": earlier.at}):
        raise Problem(409, "Conflict", "the same Idempotency-Key was used with another message")


def _message_id(ticket_id: str, key: str | None) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{ticket_id}:{key}").hex if key else uuid.uuid4().hex


def _ticket_id(req: func.HttpRequest) -> str:
    return str(req.route_params.get("id") or "")
