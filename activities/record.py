"""Project a ticket's new status into the archive and publish it as a lifecycle event."""

from shared.clocks import remaining_s
from shared.desk import TicketDocument
from shared.events import Event
from shared.exchanged import Done
from shared.ports import Desk
from shared.sla import Calendar

EVENT_SOURCE = "/helpdesk/tickets"


async def record(document: TicketDocument, desk: Desk) -> Done:
    """Safe to repeat and to come late: the archive keeps the newest version, an event id counts once."""
    await desk.archive.put(document)
    await desk.events.publish(lifecycle_event(document, desk.policy.sla.calendar))
    return Done()


def lifecycle_event(document: TicketDocument, calendar: Calendar) -> Event:
    """The CloudEvent of a version; its data are facts to route and count by, never the ticket's text."""
    escalation = document.escalation
    return Event(
        id=f"{document.id}-{document.version}",
        source=EVENT_SOURCE,
        type=f"helpdesk.ticket.{document.status}",
        subject=document.id,
        time=document.updated_at,
        data={
            "tenant": document.tenant,
            "episode": document.episode,
            "version": document.version,
            "status": document.status,
            "category": document.category,
            "priority": document.priority,
            "route": document.route,
            "last_step": document.steps[-1].name if document.steps else None,
            "assigned_to": escalation.assigned_to if escalation else None,
            "handed_over": escalation is not None and escalation.opened_at == document.updated_at,
            "breached": _breached(document, calendar),
            "answered_by": _answered_by(document),
        },
    )


def _answered_by(document: TicketDocument) -> str | None:
    """Whose words the answer is: a person's only when they wrote it, not when they approved the desk's."""
    if document.answer is None or document.status not in ("resolved", "closed", "waiting_for_requester"):
        return None
    decided = document.escalation.decided if document.escalation else None
    return "person" if decided is not None and decided.answer is not None else "desk"


def _breached(document: TicketDocument, calendar: Calendar) -> list[str]:
    """Promises that were broken, as far as is known at this version."""
    clocks = {"first_response": document.clocks.first_response, "resolution": document.clocks.resolution}
    return [name for name, clock in clocks.items() if remaining_s(clock, calendar, document.updated_at) <= 0]
