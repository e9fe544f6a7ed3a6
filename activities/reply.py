"""Put the answer together as the requester gets it, and tell them."""

from datetime import UTC, datetime

from shared.errors import DeskError
from shared.events import Notification
from shared.exchanged import Reply, ReplyDraft
from shared.ports import Desk


async def reply(draft: ReplyDraft, desk: Desk) -> Reply:
    """A channel that is down does not take the answer back: it stands on the ticket."""
    document, answer = draft.document, draft.text
    notification = Notification(
        id=draft.notification_id,
        event="replied",
        ticket_id=document.id,
        subject=document.subject,
        to=document.requester.email or document.requester.id,
        text=answer,
        at=datetime.now(UTC),
    )
    try:
        await desk.notifier.notify(notification)
    except DeskError:
        return Reply(answer=answer, degraded=("notifications",))
    return Reply(answer=answer)
