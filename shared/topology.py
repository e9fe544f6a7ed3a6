"""Who hears of events. A new subscriber is one line here and one file, `activities/subscribe_<name>.py`."""

from datetime import datetime, timedelta

from shared import names
from shared.events import Event
from shared.model import Model


class Subscriber(Model):
    """`types` are event types; one that ends in a dot stands for all that begin so.

    `expires_after` is for what nobody wants to hear late; without it an event is taken however old it is.
    """

    name: str
    types: tuple[str, ...]
    expires_after: timedelta | None = None

    @property
    def queue(self) -> str:
        return f"events-{self.name}"

    def takes(self, event_type: str) -> bool:
        return any(event_type == kind or (kind.endswith(".") and event_type.startswith(kind)) for kind in self.types)

    def expiry_of(self, event: Event) -> datetime | None:
        return event.time + self.expires_after if self.expires_after is not None else None


SUBSCRIBERS: tuple[Subscriber, ...] = (
    Subscriber(name="archive", types=("helpdesk.ticket.resolved", "helpdesk.ticket.escalated")),
    Subscriber(name="notifier", types=("helpdesk.ticket.closed",), expires_after=timedelta(hours=1)),
    Subscriber(name="metrics", types=("helpdesk.",)),
    Subscriber(name="learning", types=("helpdesk.ticket.resolved",)),
    Subscriber(name="memory", types=("helpdesk.ticket.resolved", "helpdesk.ticket.waiting_for_requester")),
)


def queues() -> tuple[str, ...]:
    """Every queue the desk listens to; what fails there too often is found in `<queue>-poison`."""
    return (*names.QUEUES, *(subscriber.queue for subscriber in SUBSCRIBERS))
