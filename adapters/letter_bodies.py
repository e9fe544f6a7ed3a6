"""Dead letters in two places: the list, which a store keeps, and their raw bodies in Blob storage.

A letter that is gone leaves its id behind, so that no crash or sweep brings it back. A body is written before its
letter and deleted after it: what a crash in between leaves lying goes with `RETENTION_DAYS`.
"""

import base64
import hashlib
import json
import logging
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from typing import Protocol

from shared.dead_letters import BODIES, DeadLetter, DeadLetterPage, Failing, ListedLetter
from shared.errors import DeskError, Permanent

CLAIM_LAPSES = timedelta(minutes=1)
"""Longer than a replay may take: one message sent, or one instance started."""
NOTED = timedelta(days=7)
"""How long it is remembered why a message failed; by then it has long been found in its poison queue."""

log = logging.getLogger("helpdesk.dead_letters")


class Bodies(Protocol):
    """Where bodies are kept."""

    async def write(self, path: str, data: bytes, content_type: str = "application/json") -> None: ...
    async def read(self, path: str) -> bytes: ...
    async def delete(self, path: str) -> bool: ...


class LettersWithBodies(ABC):
    """Implements the DeadLetters port but for the list."""

    def __init__(self, bodies: Bodies):
        self._bodies = bodies

    async def add(self, letter: DeadLetter) -> bool:
        if await self.knows(letter.id):
            return False
        await self._bodies.write(_path(letter.id), json.dumps(letter.body).encode())
        return await self._list(letter.listed)

    async def get(self, letter_id: str) -> DeadLetter | None:
        """Raises Permanent where the list has it and its body is gone."""
        if (listed := await self._listed(letter_id)) is None:
            return None
        try:
            body = await self._bodies.read(_path(letter_id))
        except Permanent:
            if await self._listed(letter_id) is None:  # gone together, at this moment
                return None
            raise
        return DeadLetter(**listed.model_dump(), body=json.loads(body))

    async def claim(self, letter_id: str) -> DeadLetter | None:
        letter = await self.get(letter_id)
        now = datetime.now(UTC)
        return letter if await self._claim(letter_id, now, now - CLAIM_LAPSES) else None

    async def settle(self, letter_id: str) -> None:
        await self._take_off(letter_id, datetime.now(UTC))
        await self._forget(letter_id)

    async def delete(self, letter_id: str) -> bool:
        """With what was noted of its failing: a reason may quote the message."""
        now = datetime.now(UTC)
        letter = await self._if_readable(letter_id)
        failing = _failing_of(letter) if letter is not None else None
        if not await self._drop(letter_id, now, now - CLAIM_LAPSES, failing):
            return False
        await self._forget(letter_id)
        return True

    async def let_go(self, before: datetime) -> int:
        return sum([await self.delete(letter_id) for letter_id in await self._older(before)])

    async def note_failing(self, queue: str, body: bytes, failing: Failing) -> None:
        await self._note(_digest(queue, body), failing)

    async def failing(self, queue: str, body: bytes) -> Failing | None:
        return await self._noted(_digest(queue, body))

    @abstractmethod
    async def knows(self, letter_id: str) -> bool: ...

    @abstractmethod
    async def find(self, limit: int, cursor: str | None = None) -> DeadLetterPage: ...

    @abstractmethod
    async def release(self, letter_id: str) -> None: ...

    @abstractmethod
    async def depth(self) -> int: ...

    @abstractmethod
    async def _list(self, letter: ListedLetter) -> bool:
        """False where its id is known."""

    @abstractmethod
    async def _listed(self, letter_id: str) -> ListedLetter | None: ...

    @abstractmethod
    async def _claim(self, letter_id: str, now: datetime, lapsed: datetime) -> bool:
        """False where it is gone, or claimed since `lapsed`."""

    @abstractmethod
    async def _take_off(self, letter_id: str, now: datetime) -> None: ...

    @abstractmethod
    async def _drop(self, letter_id: str, now: datetime, lapsed: datetime, failing: str | None) -> bool:
        """Take it off with what is noted under the digest `failing`; False as for `_claim`."""

    @abstractmethod
    async def _older(self, before: datetime) -> list[str]: ...

    @abstractmethod
    async def _note(self, digest: str, failing: Failing) -> None: ...

    @abstractmethod
    async def _noted(self, digest: str) -> Failing | None: ...

    async def _if_readable(self, letter_id: str) -> DeadLetter | None:
        """None also where its body is gone: such a letter can still be deleted."""
        try:
            return await self.get(letter_id)
        except Permanent:
            return None

    async def _forget(self, letter_id: str) -> None:
        """The letter is gone already, and a body that stays behind for a while takes nothing of that back."""
        try:
            await self._bodies.delete(_path(letter_id))
        except DeskError as error:
            log.warning("the body of %s goes when its time is over: %s", letter_id, error)


def _digest(queue: str, body: bytes) -> str:
    return hashlib.sha256(queue.encode() + b"\n" + body).hexdigest()


def _failing_of(letter: DeadLetter) -> str | None:
    """By the message as it came."""
    if letter.source != "queue":
        return None
    raw = base64.b64decode(letter.body) if letter.encoding == "base64" else str(letter.body).encode()
    return _digest(letter.name, raw)


def _path(letter_id: str) -> str:
    return f"{BODIES}{letter_id}.json"
