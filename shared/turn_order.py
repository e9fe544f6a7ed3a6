"""The port that keeps a conversation's messages in the order in which they came."""

from typing import Protocol


class TurnOrder(Protocol):
    """The messages of each thread that are not answered yet, oldest first, for all processes.

    It is a hint that makes turns wait: what came before is fixed in each turn's input. While Redis is gone each
    process orders what came to it.
    """

    async def join(self, thread: str, message_id: str) -> tuple[str, ...]:
        """Take a place at the end, once, and tell who stood before it."""
        ...

    async def after(self, thread: str, message_id: str) -> tuple[str, ...]: ...

    async def leave(self, thread: str, message_id: str) -> None: ...
