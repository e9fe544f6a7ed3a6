"""The ports of messages: events published and counted, queues written and emptied, each taken once."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal, Protocol

from shared.events import Event, Notification
from shared.model import Model
from shared.readings import Backlog

Attempt = Literal["first", "busy", "done"]


class Publisher(Protocol):
    """Brings events to whoever subscribed to their types, at least once.

    Raises Transient when it may be tried again, Permanent when it was refused.
    """

    async def publish(self, events: Sequence[Event]) -> None: ...


class Events(Protocol):
    """Publishes lifecycle events; the same event id twice is one event."""

    async def publish(self, event: Event) -> None:
        """Keep the event and pass it on; one that cannot be passed on now is by `publish_pending`."""
        ...

    async def publish_pending(self) -> int: ...

    async def backlog(self) -> Backlog:
        """What is kept and not published yet."""
        ...

    async def of_ticket(self, ticket_id: str) -> tuple[Event, ...]:
        """Events whose subject is the ticket, oldest first."""
        ...

    async def forget(self, ticket_id: str) -> int:
        """Erase a ticket's events, also those that wait to be published; tells how many there were."""
        ...


class Poisoned(Model):
    """A message that failed too often, as it lies in its poison queue; `body` is what it says."""

    queue: str
    id: str
    receipt: str
    at: datetime
    body: bytes


class Queues(Protocol):
    """The desk's queues from the sender's side. Raises Unavailable, or Permanent where storage refuses."""

    async def send(self, queue: str, body: bytes) -> None: ...

    async def backlog(self, queue: str) -> Backlog:
        """What lies in a queue, those being worked on included; the oldest is of those nobody has taken up."""
        ...

    async def take_poisoned(self, queue: str) -> tuple[Poisoned, ...]:
        """Some messages of the queue's poison queue; they come back unless removed soon."""
        ...

    async def remove_poisoned(self, message: Poisoned) -> None: ...


class Once(Protocol):
    """Lets a thing be done once by its key, over all instances and for a week."""

    async def begin(self, key: str) -> Attempt:
        """ "first" for whoever may do it now; it must finish or release soon, or counts as dead."""
        ...

    async def finish(self, key: str) -> None: ...

    async def release(self, key: str) -> None: ...


@asynccontextmanager
async def claimed(once: Once, key: str) -> AsyncGenerator[Attempt]:
    """Whether what is done within is done for the first time; should that fail, it may be tried again at once."""
    attempt = await once.begin(key)
    try:
        yield attempt
    except Exception:
        if attempt == "first":
            await once.release(key)
        raise
    if attempt == "first":
        await once.finish(key)


class EventCount(Model):
    type: str
    outcome: str
    count: int


class Counters(Protocol):
    """Counts events by type and outcome; a key counts once."""

    async def count(self, key: str, event_type: str, outcome: str) -> bool:
        """False when the key was counted before."""
        ...

    async def counts(self) -> tuple[EventCount, ...]: ...


class Notifier(Protocol):
    """Tells people; raises Transient when a channel failed and may be tried again."""

    async def notify(self, notification: Notification) -> None: ...
