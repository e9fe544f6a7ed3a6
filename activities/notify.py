"""Tell people something; the receiver drops a repeat by its id."""

from shared.approval_links import LinkedNotification
from shared.events import Notification
from shared.exchanged import Done
from shared.ports import Desk


async def notify(notification: Notification, desk: Desk) -> Done:
    """Whoever is asked to decide gets links to do so, where the desk has a key to sign them with."""
    links = desk.approval_links.offers(notification) if desk.approval_links else ()
    told = LinkedNotification(**notification.model_dump(), links=links) if links else notification
    await desk.notifier.notify(told)
    return Done()
