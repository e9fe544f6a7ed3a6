"""What is ready to be handed out, and what is out: ids only, the work itself stays in SQLite."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import Literal

Kind = Literal["orchestration", "activity", "entity"]
Key = str | int
KINDS: tuple[Kind, ...] = ("orchestration", "entity", "activity")


LINGER_S = 0.01
LONGEST_LINGER_S = 0.05
"""How long work that would soon have more to do waits for it: for so long after the last, and never longer."""


class ReadyQueue:
    """First come, first served per kind; a key that is out is not handed out again before its release."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ready: dict[Kind, OrderedDict[Key, None]] = {kind: OrderedDict() for kind in KINDS}
        self._lingering: dict[tuple[Kind, Key], tuple[float, float]] = {}
        self._out: dict[Kind, set[Key]] = {kind: set() for kind in KINDS}
        self._closed = False

    def add(self, kind: Kind, keys: Iterable[Key], *, first: bool = False) -> None:
        """Make keys ready; those that are out are left to whoever releases them."""
        with self._changed:
            ready, out = self._ready[kind], self._out[kind]
            for key in keys:
                if key not in out:
                    self._lingering.pop((kind, key), None)
                    ready.setdefault(key)
                    if first:
                        ready.move_to_end(key, last=False)
            self._changed.notify_all()

    def add_soon(self, kind: Kind, keys: Iterable[Key]) -> None:
        """Make keys ready in a moment, or as soon as they are added without delay: more is about to come for them."""
        now = time.monotonic()
        with self._changed:
            for key in keys:
                if key not in self._out[kind] and key not in self._ready[kind]:
                    since, _ = self._lingering.get((kind, key), (now, now))
                    self._lingering[kind, key] = since, min(now + LINGER_S, since + LONGEST_LINGER_S)
            self._changed.notify_all()

    def take(self, kinds: Collection[Kind], deadline: float) -> tuple[Kind, Key] | None:
        """Take the next key of one of the kinds, None at the deadline (monotonic seconds) or on close."""
        with self._changed:
            while not self._closed:
                next_due = self._make_ready_what_lingered()
                for kind in KINDS:
                    if kind in kinds and self._ready[kind]:
                        key, _ = self._ready[kind].popitem(last=False)
                        self._out[kind].add(key)
                        return kind, key
                remaining = min(deadline, next_due) - time.monotonic()
                if remaining <= 0 and deadline <= next_due:
                    return None
                self._changed.wait(max(0.0, remaining))
            return None

    def _make_ready_what_lingered(self) -> float:
        """Returns when the next of those that linger is due."""
        now = time.monotonic()
        for (kind, key), (_, due) in list(self._lingering.items()):
            if due <= now:
                del self._lingering[kind, key]
                self._ready[kind].setdefault(key)
        return min((due for _, due in self._lingering.values()), default=math.inf)

    def release(self, kind: Kind, key: Key) -> None:
        """Take back a key that was out."""
        with self._changed:
            self._out[kind].discard(key)

    def close(self) -> None:
        """Wake everybody who waits; nothing is handed out from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
