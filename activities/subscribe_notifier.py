"""Tells requesters what no orchestration tells them: that time has closed their ticket."""

from shared.errors import Transient
from shared.events import Event, Notification
from shared.ports import Desk


async def subscribe_notifier(event: Event, desk: Desk) -> None:
    document = await desk.archive.get(event.data["tenant"], event.subject)
    if document is None:
        raise Transient(f"ticket {event.subject} is not in the archive yet")
    await desk.notifier.notify(
        Notification(
            id=f"{event.id}:closed",
            event="closed",
            ticket_id=document.id,
            subject=document.subject,
            to=document.requester.email or document.requester.id,
            text="This ticket is closed. If something is still wrong, please open a new one.",
            at=event.time,
        )
    )
