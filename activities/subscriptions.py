"""Taking an event in: once by its id, not when it has expired, and within bounds of time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, cast

from shared.errors import Transient
from shared.events import Event
from shared.messaging import claimed
from shared.ports import Desk
from shared.topology import Subscriber

EXPIRED = "expired"
_PATIENCE_S = 20.0
"""Less than an unfinished attempt is held against others (adapters/once.py)."""

type Taking = Callable[[Event, Desk], Awaitable[None]]

log = logging.getLogger("helpdesk.events")


async def take(event: Event, subscriber: Subscriber, desk: Desk, taking: Taking | None = None) -> bool:
    """Let the subscriber have the event; False for one it had before, or that came too late.

    Raises what the subscriber raises: the message then comes again.
    """
    key = f"{subscriber.name}:{event.id}"
    expiry = event.expirytime or subscriber.expiry_of(event)
    if subscriber.expires_after is not None and expiry is not None and expiry < datetime.now(UTC):
        log.warning("%s came too late for %s: %s", event.id, subscriber.name, event.type)
        await desk.counters.count(f"{key}:{EXPIRED}", event.type, EXPIRED)
        return False
    async with claimed(desk.once, key) as attempt:
        if attempt == "done":
            return False
        if attempt == "busy":
            raise Transient(f"{key} is being taken in elsewhere")
        async with asyncio.timeout(_PATIENCE_S):
            await (taking or _taking(subscriber))(event, desk)
    log.info("%s took %s: %s of %s", subscriber.name, event.id, event.type, event.subject)
    return True


def _taking(subscriber: Subscriber) -> Taking:
    """The subscriber's own file, imported when it first hears of something."""
    module: Any = import_module(f"activities.subscribe_{subscriber.name}")
    return cast(Taking, getattr(module, f"subscribe_{subscriber.name}"))
