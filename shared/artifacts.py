"""The port of blobs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol


class Artifacts(Protocol):
    """Blobs by path, for what is too large for history."""

    async def write(self, path: str, data: bytes, content_type: str = "application/json") -> None: ...

    async def create(self, path: str, data: bytes, content_type: str = "application/json") -> bool:
        """Write unless there is such a blob; of any number of writers at once one is told True, at most."""
        ...

    async def read(self, path: str) -> bytes:
        """Raises Permanent when there is no such blob."""
        ...

    async def swap(self, path: str, old: bytes | None, new: bytes, content_type: str = "application/json") -> bool:
        """Write `new` where the blob holds `old` at this moment (None: where there is none); tells whether it did."""
        ...

    async def list(self, prefix: str) -> tuple[str, ...]: ...

    async def versions(self, prefix: str) -> Mapping[str, str]:
        """Paths under a prefix, each with a mark that changes with every write."""
        ...

    async def delete(self, path: str) -> bool:
        """False when there was no such blob."""
        ...

    async def remove_older(self, prefix: str, before: datetime) -> int:
        """Delete what under a prefix was last written before; tells how many. Safe to repeat."""
        ...

    async def link(self, path: str, lifetime: timedelta) -> str:
        """A URL that lets whoever has it read the blob until its time is over."""
        ...

    async def check(self) -> None: ...
