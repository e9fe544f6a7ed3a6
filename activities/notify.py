"""Tell people something; the receiver drops a repeat by its id."""

from shared.desk import Done, Notification
from shared.ports import Desk


async def notify(notification: Notification, desk: Desk) -> Done:
    await desk.notifier.notify(notification)
    return Done()
