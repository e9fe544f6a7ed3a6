"""What the desk remembers: threads of conversation, and what it knows of a requester."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from shared.model import Model
from shared.thinking import Turn


class Summary(Model):
    """What was said up to and with the turn `through`, in a few words."""

    text: str
    through: str


class ThreadInfo(Model):
    thread: str
    last_used_at: datetime


class ThreadPage(Model):
    items: tuple[ThreadInfo, ...]
    next_cursor: str | None = None


class Memory(Protocol):
    """Conversation history per (tenant, requester, thread): 100 messages at most, expiring when unused.

    Raises Unavailable when it is down.
    """

    async def read(self, tenant: str, requester_id: str, thread: str) -> tuple[Turn, ...]: ...

    async def append(self, tenant: str, requester_id: str, thread: str, turns: Sequence[Turn]) -> None:
        """Add turns whose ids are not there yet, trim, and renew the expiry."""
        ...

    async def summary(self, tenant: str, requester_id: str, thread: str) -> Summary | None:
        """What stands for the older turns when the thread is shown to an agent, once it has grown long."""
        ...

    async def keep_summary(self, tenant: str, requester_id: str, thread: str, summary: Summary) -> None: ...

    async def threads(self, tenant: str, requester_id: str, limit: int, cursor: str | None = None) -> ThreadPage:
        """A requester's threads, the one used last first. Raises InvalidCursor for a cursor it did not give."""
        ...

    async def forget(self, tenant: str, requester_id: str, thread: str) -> bool:
        """False when there was no such thread."""
        ...

    async def forget_requester(self, tenant: str, requester_id: str) -> int:
        """Forget all threads of a requester; tells how many there were."""
        ...

    async def check(self) -> None: ...
