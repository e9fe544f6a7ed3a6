"""The port to whoever recognises texts that give a model orders."""

from collections.abc import Sequence
from typing import Protocol


class Shield(Protocol):
    """Raises Unavailable when it is down, slow, or answers what cannot be read."""

    async def attacks(self, prompt: str, documents: Sequence[str] = ()) -> tuple[str, ...]:
        """Say where an attack was found and of what kind, never quoting it; empty where none was.

        `prompt` is what a person wrote to the desk, `documents` what came with it. Texts of any length.
        """
        ...

    async def flagged(self, documents: Sequence[str]) -> tuple[int, ...]:
        """The positions of those among other people's texts that hold an attack."""
        ...
