"""How many requests and tokens a minute a model takes from all processes together: pure, on a state that they share.

The window slides by whole seconds and errs on the safe side: no minute, wherever it begins, holds more than the limit.
"""

from collections.abc import Callable, Iterable
from math import floor

from pydantic import NonNegativeInt

from shared.model import Model
from shared.thinking import Lane

FREED_AFTER_S = 61
"""What was spent within a second is free again when the last moment of that second is a minute ago."""

SHARE: dict[Lane, float] = {"batch": 0.8, "interactive": 0.9}
"""What one lane may use at most, so that the other never starves. Batch work keeps to it always; people at the
door may use everything while no batch waits."""

KEPT_WAITING = 200
"""Of those who wait only so many are known, so that the state stays small."""


class Limits(Model):
    """Per minute; 0 is no limit."""

    requests: NonNegativeInt = 0
    tokens: NonNegativeInt = 0

    def __bool__(self) -> bool:
        return bool(self.requests or self.tokens)


class Spending(Model):
    """What was spent within one second; of a call that waits, what it will spend when it comes back at `at`."""

    at: float
    lane: Lane
    group: str = ""
    requests: int = 1
    tokens: int = 0


class Window(Model):
    """The last minute of one model, oldest first, and who was told to come back when."""

    spent: tuple[Spending, ...] = ()
    waiting: tuple[Spending, ...] = ()


def ask_for_room(window: Window, wish: Spending, limits: Limits, of_group: Limits) -> tuple[Window, float]:
    """Count the wish as spent at `wish.at` and answer 0, or answer how many seconds it has to wait.

    Who waits is spread over the time to come, so that they do not all return at once for the same place.
    """
    now = wish.at
    window = _current(window, now)
    batch_waits = any(waits.lane == "batch" for waits in window.waiting)
    ahead = [
        waits for waits in window.waiting if waits.at > now and (waits.lane, waits.group) == (wish.lane, wish.group)
    ]
    group = [spending for spending in window.spent if spending.group == wish.group]
    wait = 0.0
    for spent, bound in ((window.spent, limits), (group, of_group)):
        mine = [spending for spending in spent if spending.lane == wish.lane]
        share = 1.0 if wish.lane == "interactive" and not batch_waits else SHARE[wish.lane]
        for limit, of in ((bound.requests, _requests), (bound.tokens, _tokens)):
            if limit:
                own = max(1, floor(limit * share))
                wait = max(wait, _until_room(spent, limit, wish, ahead, of), _until_room(mine, own, wish, ahead, of))
    if wait:
        waits = wish.model_copy(update={"at": now + wait})
        return window.model_copy(update={"waiting": (*window.waiting, waits)[-KEPT_WAITING:]}), wait
    return window.model_copy(update={"spent": _added(window.spent, wish)}), 0.0


def correct(window: Window, wish: Spending, tokens: int) -> Window:
    """Put what a call really used in the place of what it was thought to use."""
    return window.model_copy(
        update={
            "spent": tuple(
                spending.model_copy(update={"tokens": max(0, spending.tokens + tokens - wish.tokens)})
                if _same(spending, wish)
                else spending
                for spending in window.spent
            )
        }
    )


def _until_room(
    spent: Iterable[Spending], limit: int, wish: Spending, ahead: list[Spending], of: Callable[[Spending], int]
) -> float:
    """Seconds until the wish fits; one that is larger than the limit counts as the limit."""
    used = sum(map(of, spent))
    wanted = min(of(wish), limit)
    if used + wanted <= limit:
        return 0.0
    rounds, rest = divmod(wanted + sum(map(of, ahead)) - 1, limit)
    wait = rounds * FREED_AFTER_S
    for spending in spent:
        if used + rest + 1 <= limit:
            break
        used -= of(spending)
        wait = rounds * FREED_AFTER_S + floor(spending.at) + FREED_AFTER_S - wish.at
    return wait


def _current(window: Window, now: float) -> Window:
    return Window(
        spent=tuple(spending for spending in window.spent if spending.at + FREED_AFTER_S > now),
        waiting=tuple(waits for waits in window.waiting if waits.at + FREED_AFTER_S > now),
    )


def _added(spent: tuple[Spending, ...], wish: Spending) -> tuple[Spending, ...]:
    for index, spending in enumerate(spent):
        if _same(spending, wish):
            more = {"requests": spending.requests + wish.requests, "tokens": spending.tokens + wish.tokens}
            return (*spent[:index], spending.model_copy(update=more), *spent[index + 1 :])
    return (*spent, wish.model_copy(update={"at": float(floor(wish.at))}))


def _same(spending: Spending, wish: Spending) -> bool:
    return (spending.at, spending.lane, spending.group) == (floor(wish.at), wish.lane, wish.group)


def _requests(spending: Spending) -> int:
    return spending.requests


def _tokens(spending: Spending) -> int:
    return spending.tokens
