"""What is ready to be handed out, and what is out: ids only, the work itself stays in SQLite."""

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Literal

Kind = Literal["orchestration", "activity", "entity"]
Key = str | int
KINDS: tuple[Kind, ...] = ("orchestration", "entity", "activity")


class ReadyQueue:
    """First come, first served per kind; a key that is out is not handed out again before its release."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ready: dict[Kind, OrderedDict[Key, None]] = {kind: OrderedDict() for kind in KINDS}
        self._out: dict[Kind, set[Key]] = {kind: set() for kind in KINDS}
        self._closed = False

    def add(self, kind: Kind, keys: Iterable[Key], *, first: bool = False) -> None:
        """Make keys ready; those that are out are left to whoever releases them."""
        with self._changed:
            ready, out = self._ready[kind], self._out[kind]
            for key in keys:
                if key not in out:
                    ready.setdefault(key)
                    if first:
                        ready.move_to_end(key, last=False)
            self._changed.notify_all()

    def take(self, kinds: Collection[Kind], deadline: float) -> tuple[Kind, Key] | None:
        """Take the next key of one of the kinds, None at the deadline (monotonic seconds) or on close."""
        with self._changed:
            while not self._closed:
                for kind in KINDS:
                    if kind in kinds and self._ready[kind]:
                        key, _ = self._ready[kind].popitem(last=False)
                        self._out[kind].add(key)
                        return kind, key
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return None
                self._changed.wait(remaining)
            return None

    def release(self, kind: Kind, key: Key) -> None:
        """Take back a key that was out."""
        with self._changed:
            self._out[kind].discard(key)

    def close(self) -> None:
        """Wake everybody who waits; nothing is handed out from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
