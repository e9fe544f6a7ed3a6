"""How often one caller may come: a token bucket that fills evenly and empties by a call."""

from typing import NamedTuple, Protocol

SECONDS = 60


class Allowance(NamedTuple):
    per_minute: int
    burst: int

    @property
    def per_second(self) -> float:
        return self.per_minute / SECONDS


class Left(NamedTuple):
    """What a caller has left; where nothing was, `wait_s` until the next call is let through, else until it is full."""

    is_over: bool
    calls: int
    wait_s: float


class Bucket(NamedTuple):
    tokens: float
    at: float


def take(bucket: Bucket | None, now: float, allowance: Allowance) -> tuple[Bucket, bool]:
    """The bucket after a call, and whether the call was one too many."""
    before = bucket or Bucket(allowance.burst, now)
    tokens = min(allowance.burst, before.tokens + max(0.0, now - before.at) * allowance.per_second)
    is_over = tokens < 1
    return Bucket(tokens if is_over else tokens - 1, now), is_over


def left(tokens: float, is_over: bool, allowance: Allowance) -> Left:
    wanted = 1 if is_over else allowance.burst
    return Left(is_over, int(tokens), max(0.0, wanted - tokens) / allowance.per_second)


class DoorLimits(Protocol):
    """Counts calls by caller, over all instances where it can; never raises: a limit that is down stops nobody."""

    async def take(self, who: str, allowance: Allowance) -> Left: ...
