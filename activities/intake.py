"""Accepting a ticket: the same ticket again is recognised, whoever brings it and however often."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Literal

from shared import names
from shared.archives import Archive
from shared.desk import CustomStatus, EpisodeInput, Policy, TicketDocument
from shared.errors import Unavailable
from shared.instances import InstanceState
from shared.masking import mask
from shared.model import Model
from shared.ports import Desk
from shared.tickets import Status, Ticket, TicketRequest

KeySource = Literal["idempotency-key", "external-id", "message", "batch-line", "conversation"]


class Accepted(Model):
    """What became of a ticket at a door; `conflict` when its key was used for another body."""

    ticket_id: str
    status: Status
    outcome: Literal["started", "repeated", "conflict"]


def ticket_id(tenant: str, source: KeySource, key: str) -> str:
    """The id follows from tenant and key, so two doors that race arrive at the same instance."""
    seed = json.dumps([tenant, source, key], ensure_ascii=False)
    return hashlib.sha256(seed.encode()).hexdigest()[:24]


def body_hash(request: TicketRequest) -> str:
    canonical = json.dumps(request.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


async def accept(ticket: Ticket, policy: Policy, desk: Desk) -> Accepted:
    """Start the ticket's first episode unless it has one, or had one that was purged.

    The real runtime overwrites an instance that has completed, so any existing one is looked up first.
    """
    instances = desk.instances
    instance_id = names.ticket_instance(ticket.id, 1)
    found = await instances.state(instance_id)
    if found is None:
        if (purged := await _archived(ticket, desk.archive)) is not None:
            return _as_archived(ticket, purged)
        if await instances.start(names.RESOLVE_TICKET, instance_id, EpisodeInput(ticket=ticket, policy=policy)):
            return Accepted(ticket_id=ticket.id, status="new", outcome="started")
        found = await instances.state(instance_id)
    if found is None:
        return Accepted(ticket_id=ticket.id, status="new", outcome="repeated")
    same = _body_hash_of(found) == ticket.body_hash
    return Accepted(
        ticket_id=ticket.id,
        status=status_of(found),
        outcome="repeated" if same else "conflict",
    )


async def _archived(ticket: Ticket, archive: Archive) -> TicketDocument | None:
    """A ticket that outlived its durable state. An archive that is down keeps no new ticket from its door."""
    try:
        return await archive.get(ticket.tenant, ticket.id)
    except Unavailable:
        return None


def _as_archived(ticket: Ticket, purged: TicketDocument) -> Accepted:
    """By then nothing knows the raw text any more: who asked, and the masked subject, tell a repeat from another."""
    same = (purged.requester, purged.subject) == (ticket.requester, mask(ticket.subject)[0])
    return Accepted(ticket_id=ticket.id, status=purged.status, outcome="repeated" if same else "conflict")


def status_of(state: InstanceState) -> Status:
    """The ticket's status as its instance shows it, for one that runs and one that has ended alike."""
    if state.custom_status is not None:
        return CustomStatus.model_validate(state.custom_status).status
    return "new"


def accepted_ticket(
    request: TicketRequest, tenant: str, identity: str, batch_id: str | None = None, door: str = "http"
) -> Ticket:
    """The ticket a request becomes under an id.

    The door is its channel where it names none; the hash is of what was said, whichever door it came by.
    """
    said = request.model_dump()
    if request.channel == "http":
        said["channel"] = door
    return Ticket(
        **said,
        id=identity,
        tenant=tenant,
        created_at=datetime.now(UTC),
        body_hash=body_hash(request),
        batch_id=batch_id,
    )


def document_of(state: InstanceState) -> TicketDocument | None:
    """The document an episode ended with."""
    return TicketDocument.model_validate(state.output) if state.output is not None else None


def _body_hash_of(state: InstanceState) -> str:
    return EpisodeInput.model_validate(state.input).ticket.body_hash
