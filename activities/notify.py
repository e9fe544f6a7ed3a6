"""Tell people something; the receiver drops a repeat by its id."""

from shared.events import Notification
from shared.exchanged import Done
from shared.ports import Desk


async def notify(notification: Notification, desk: Desk) -> Done:
    await desk.notifier.notify(notification)
    return Done()
