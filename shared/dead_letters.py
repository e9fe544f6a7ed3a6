"""Dead letters: messages and orchestrations that used up their tries, kept until a person replays or drops them."""

import hashlib
import json
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator

from shared.masking import mask
from shared.model import Model

Source = Literal["queue", "orchestration"]

REPLAY_KEY = "_replay_of"
"""Names in a message that is sent again the letter it comes from: however often it is sent, it is one message."""
BODIES = "dead-letters/"
"""Where in Blob storage the bodies are."""
PREVIEW_CHARS = 200
_READ_FOR_PREVIEW_CHARS = 2_000

Reason = Annotated[str, AfterValidator(lambda text: mask(text)[0])]
"""Masked, since an error likes to quote what it could not read."""


class ListedLetter(Model):
    """A letter as the list has it: without its body.

    `name` is the queue, or the orchestration that `instance_id` ran.
    """

    id: str
    source: Source
    name: str
    reason: Reason
    attempts: int
    at: datetime
    preview: str
    instance_id: str | None = None
    encoding: Literal["json", "text", "base64"] = "json"


class DeadLetter(ListedLetter):
    """A replay puts `body` back on the queue, or starts the orchestration with it under `instance_id`.

    `body` is what came, raw: the text of a message (base64 where it is no text), the input of an orchestration.
    """

    body: Any

    @property
    def listed(self) -> ListedLetter:
        return ListedLetter.model_validate(self.model_dump(exclude={"body"}))


class Failing(Model):
    """How a message failed when it was last tried."""

    attempts: int
    reason: Reason


class DeadLetterPage(Model):
    items: tuple[ListedLetter, ...]
    next_cursor: str | None = None


def letter_id(*parts: str) -> str:
    """The same parts are the same letter, so adding it twice is harmless."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def preview_of(body: Any) -> str:
    """The first words of a body, on one line, with what is personal or secret masked."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    masked = mask(text[:_READ_FOR_PREVIEW_CHARS])[0]
    line = "".join(letter if letter.isprintable() else " " for letter in masked)
    return line if len(line) <= PREVIEW_CHARS else f"{line[: PREVIEW_CHARS - 1]}…"


class DeadLetters(Protocol):
    """The list, and apart from it, in Blob storage, the bodies, which are raw text.

    Raises Unavailable when either is down, InvalidCursor for a cursor it did not give, Permanent where a body is gone.
    """

    async def add(self, letter: DeadLetter) -> bool:
        """Keep a letter; False when its id is known already, also of one that is gone from the list."""
        ...

    async def knows(self, letter_id: str) -> bool:
        """Whether there is such a letter, or was."""
        ...

    async def note_failing(self, queue: str, body: bytes, failing: Failing) -> None:
        """Remember how a message failed: the host does not tell its poison queue why."""
        ...

    async def failing(self, queue: str, body: bytes) -> Failing | None: ...

    async def find(self, limit: int, cursor: str | None = None) -> DeadLetterPage:
        """Newest first."""
        ...

    async def get(self, letter_id: str) -> DeadLetter | None: ...

    async def claim(self, letter_id: str) -> DeadLetter | None:
        """Take a letter for replay; None for everybody but the first, until it is released.

        A claim that was neither settled nor released lapses: whoever held it has died.
        """
        ...

    async def release(self, letter_id: str) -> None:
        """Put a claimed letter back: its replay came to nothing."""
        ...

    async def settle(self, letter_id: str) -> None:
        """Take a claimed letter off the list: it was replayed."""
        ...

    async def delete(self, letter_id: str) -> bool:
        """Drop a letter; False when there is none that waits."""
        ...

    async def let_go(self, before: datetime) -> int:
        """Drop the letters from before then, with their bodies; tells how many. Safe to repeat."""
        ...

    async def depth(self) -> int:
        """How many letters are on the list."""
        ...
