"""The span of a ticket's wait for a person: in the ticket's own trace, however many days later it ends."""

from contextlib import AbstractContextManager, nullcontext

from opentelemetry import trace
from opentelemetry.trace import Span

from shared.desk import TicketDocument
from shared.errors import DeskError
from shared.events import Event
from shared.tracing import CORRELATION_ID, TICKET_ID, context_of, span
from triggers.services import Services


async def wait_span(document: TicketDocument, services: Services) -> AbstractContextManager[Span]:
    """From the moment the ticket was handed over until now, below whatever handed it over.

    It and the door that ends it are linked both ways: each is in the trace of its own caller.
    """
    door = trace.get_current_span()
    if not door.is_recording():
        return nullcontext(door)
    last = await _last_event(document.id, services)
    traceparent = last.traceparent if last else None
    if (handed_over := context_of(traceparent)) is not None:
        door.add_link(handed_over)
    known = {TICKET_ID: document.id, **({CORRELATION_ID: last.correlationid} if last else {})}
    return span(
        "wait for a person",
        attributes=known,
        traceparent=traceparent,
        links=(door.get_span_context(),),
        started_at=document.escalation.opened_at if document.escalation else None,
    )


async def _last_event(ticket_id: str, services: Services) -> Event | None:
    """The last that has a trace; without the event log, or a trace in it, the door's own will do."""
    try:
        events = await services.events.of_ticket(ticket_id)
    except DeskError:
        return None
    return next((event for event in reversed(events) if event.traceparent), None)
