"""Reading a ticket as it stands: the archive with what the running instance knows better, and how it is shown."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import azure.functions as func

from shared import names
from shared.desk import TicketDocument
from shared.errors import Permanent
from shared.instances import InstanceState
from shared.model import Model
from shared.sla import ClockReading
from shared.tickets import Status, Ticket
from triggers.answers import left_out, part_of
from triggers.conditional import fulfils, tag_of
from triggers.identity import caller, check_is_own
from triggers.problems import Problem, not_found
from triggers.services import Services

SHOWN = frozenset(TicketDocument.model_fields.keys() - {"clocks", "tenant"} | {"sla"})
SHOWN_TO_REQUESTERS = frozenset({
    "id", "episode", "version", "status", "subject", "requester", "channel", "external_id", "category", "type",
    "priority", "language", "answer", "citations", "messages", "sla", "created_at", "updated_at", "resolved_at",
    "closes_at",
})  # fmt: skip
"""How the desk works on it, what it proposes and what staff note among themselves is not theirs to read."""


class ClocksShown(Model):
    first_response: ClockReading
    resolution: ClockReading


_UNSHOWN = TicketDocument.model_fields.keys() - SHOWN
_ASKED_FOR = TicketDocument.model_fields.keys() & SHOWN
TicketShown = part_of(
    TicketDocument, "TicketShown", without=_UNSHOWN, optional=_ASKED_FOR - SHOWN_TO_REQUESTERS,
    sla=(ClocksShown, ...), description=(str | None, ...),
)  # fmt: skip
TicketLine = part_of(
    TicketDocument, "TicketLine", without=_UNSHOWN, optional=_ASKED_FOR, sla=(ClocksShown, left_out()),
)  # fmt: skip
"""Only with the fields that were asked for."""


async def current_document(ticket_id: str, services: Services) -> TicketDocument:
    """The ticket as it stands. Raises Problem 404."""
    return (await current(ticket_id, services))[0]


async def current(ticket_id: str, services: Services) -> tuple[TicketDocument, InstanceState | None]:
    """The ticket as it stands and its newest instance, for whoever may see it. Raises Problem 404."""
    found = await _current(ticket_id, services)
    check_is_own(found[0].requester.id, f"ticket {ticket_id}")
    return found


async def _current(ticket_id: str, services: Services) -> tuple[TicketDocument, InstanceState | None]:
    """The archive's document with what the running instance knows better, and that instance. Raises Problem 404.

    The instance is None where it ended so long ago that it was purged: then the archive is all there is.
    """
    from activities.episodes import latest_episode
    from activities.intake import document_of

    if not ticket_id.isalnum():
        raise not_found(f"ticket {ticket_id}")
    try:
        _, state = await latest_episode(services.settings.tenant, ticket_id, services)
    except Permanent as error:
        archived = await _archived(ticket_id, services)
        if archived is None:
            raise not_found(f"ticket {ticket_id}") from error
        return archived, None
    archived = await _archived(ticket_id, services)
    finished = document_of(state)
    if archived is None or (finished is not None and finished.version > archived.version):
        archived = finished or _new_document(state, services)
    shown: Any = state.custom_status
    if shown is not None and shown["version"] > archived.version:
        return await _on_its_way(state, services) or archived, state
    return archived, state


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


def description_of(state: InstanceState | None) -> str | None:
    """What the requester wrote, masked; only durable state has it."""
    from shared.masking import mask

    return mask(Ticket.model_validate(state.input["ticket"]).description)[0] if state and state.input else None


def tag(document: TicketDocument, at: datetime) -> str:
    """A ticket is another one with each version, and when its window for reopening is over."""
    return tag_of(document.episode, document.version, _status(document, at))


def check_is_as_read(req: func.HttpRequest, document: TicketDocument) -> None:
    """Hold a caller's If-Match to the ticket as it stands. Raises Problem 412, which says what came first."""
    condition = cast(Mapping[str, str], req.headers).get("If-Match")
    if condition is None or fulfils(condition, tag(document, datetime.now(UTC))):
        return
    raise Problem(412, "Precondition failed", f"the ticket has changed since you read it: {came_first(document)}")


def came_first(document: TicketDocument) -> str:
    """What became of a ticket while somebody was still about to decide on it, in words for them."""
    decided = document.escalation.decided if document.escalation else None
    if decided is not None:
        return f"{decided.by} decided already: {decided.decision}"
    if document.status == "escalated" and document.escalation is not None:
        return f"it waits for {document.escalation.assigned_to}, in version {document.version}"
    return f"it is {document.status}, in version {document.version}"


def _status(document: TicketDocument, at: datetime) -> Status:
    """A window for reopening that is over makes a ticket closed, also before the sweep has published it."""
    over = document.closes_at is not None and document.closes_at < at
    return "closed" if over and document.status in ("resolved", "waiting_for_requester") else document.status


def view(document: TicketDocument, services: Services, at: datetime, fields: tuple[str, ...] = ()) -> dict[str, Any]:
    """A ticket as the API shows it, with its clocks read at this moment; only some fields where some are named."""
    from shared.clocks import reading

    wanted = set(fields or SHOWN)
    if caller().narrowed:
        wanted &= SHOWN_TO_REQUESTERS
        told = tuple(message for message in document.messages if not message.internal)
        document = document.model_copy(update={"messages": told})
    shown = document.model_dump(mode="json", include=wanted - {"sla"})
    if "status" in wanted:
        shown["status"] = _status(document, at)
    if "sla" in wanted:
        calendar = services.policy.sla.calendar
        clocks = (("first_response", document.clocks.first_response), ("resolution", document.clocks.resolution))
        shown["sla"] = {name: reading(clock, calendar, at).model_dump(mode="json") for name, clock in clocks}
    return shown
