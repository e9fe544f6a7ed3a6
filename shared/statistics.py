"""What became of the tickets of a period: counted once, by the same arithmetic for every archive."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from shared.clocks import remaining_s
from shared.model import Model
from shared.sla import Calendar, Clock

BUCKETS = 24
SETTLED = ("resolved", "closed")
CLOCKS = ("first_response", "resolution")


class Period(Model):
    """`until` is the first moment outside."""

    since: datetime
    until: datetime

    @property
    def before(self) -> "Period":
        """The period as long that ends where this one begins."""
        return Period(since=self.since - (self.until - self.since), until=self.since)

    @property
    def days(self) -> float:
        return (self.until - self.since).total_seconds() / 86_400


class Fact(NamedTuple):
    """So much of a ticket as is counted, as an archive projects it; times and `clocks` are still text."""

    created_at: str
    status: str
    route: str | None
    resolved_at: str | None
    episode: int
    cost_usd: float
    model_calls: int
    decision: str | None
    proposed: bool
    """A person was shown something of the desk's to decide on."""
    answered: bool
    citations: int
    met_error: bool
    clocks: str


class Spread(Model):
    """How long it took from opening to resolution, in seconds; p50 and p95 are values that occurred (nearest rank)."""

    count: int
    average_s: float
    fastest_s: float
    slowest_s: float
    p50_s: float
    p95_s: float


class Promise(Model):
    """`running` are clocks that still run and have not broken their promise."""

    met: int = 0
    breached: int = 0
    running: int = 0


class Bucket(Model):
    """What became of the tickets created in a part of the period, which begins at `at`.

    Percentiles are of those resolved, null where none is; `met` and `breached` are of their time to resolution.
    """

    at: datetime
    opened: int = 0
    settled: int = 0
    cost_usd: float = 0.0
    p50_s: float | None = None
    p95_s: float | None = None
    met: int = 0
    breached: int = 0


class Statistics(Model):
    """`decided` counts decisions on what the desk had proposed; `first_at` is when the first ticket came."""

    total: int = 0
    settled: int = 0
    settled_with_error: int = 0
    met_error: int = 0
    outcomes: dict[str, int] = {}
    handling: Spread | None = None
    cost_usd: float = 0.0
    model_calls: int = 0
    decided: dict[str, int] = {}
    reopened: int = 0
    answered: int = 0
    cited: int = 0
    promises: dict[str, Promise] = {}
    series: tuple[Bucket, ...] = ()
    first_at: datetime | None = None


def counted(facts: Iterable[Fact], period: Period, calendar: Calendar) -> Statistics:
    kept = list(facts)
    verdicts = [_verdicts(fact, period.until, calendar) for fact in kept]
    by_desk = [fact for fact in kept if fact.answered and fact.decision != "answer" and fact.status in SETTLED]
    return Statistics(
        total=len(kept),
        settled=sum(fact.status in SETTLED for fact in kept),
        settled_with_error=sum(fact.status in SETTLED and fact.met_error for fact in kept),
        met_error=sum(fact.met_error for fact in kept),
        outcomes=dict(sorted(Counter(outcome(fact) for fact in kept).items())),
        handling=_handling(kept),
        cost_usd=math.fsum(fact.cost_usd for fact in kept),
        model_calls=sum(fact.model_calls for fact in kept),
        decided=dict(Counter(str(fact.decision) for fact in kept if fact.proposed and _is_verdict(fact.decision))),
        reopened=sum(fact.episode > 1 for fact in kept),
        answered=len(by_desk),
        cited=sum(fact.citations > 0 for fact in by_desk),
        promises={name: Promise(**Counter(verdict[name] for verdict in verdicts)) for name in CLOCKS},
        series=_series(kept, verdicts, period),
        first_at=min((datetime.fromisoformat(fact.created_at) for fact in kept), default=None),
    )


def outcome(fact: Fact) -> str:
    """What became of a ticket, in one word for the mix."""
    if fact.status not in SETTLED:
        return "waiting_for_requester" if fact.status == "waiting_for_requester" else "open"
    if fact.route in ("not_a_ticket", "screened_out"):
        return fact.route
    if fact.decision is None:
        return "by_desk"
    return "approved" if fact.decision == "approve" else "by_person"


def spread(durations_s: Sequence[float]) -> Spread | None:
    if not durations_s:
        return None
    ordered = sorted(durations_s)
    return Spread(
        count=len(ordered),
        average_s=math.fsum(ordered) / len(ordered),
        fastest_s=ordered[0],
        slowest_s=ordered[-1],
        p50_s=_nearest_rank(ordered, 0.5),
        p95_s=_nearest_rank(ordered, 0.95),
    )


def _nearest_rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _is_verdict(decision: str | None) -> bool:
    return decision is not None and decision != "reassign"


def _verdicts(fact: Fact, at: datetime, calendar: Calendar) -> dict[str, str]:
    """By clock, whether its promise is met, breached or still running."""
    clocks: dict[str, Any] = json.loads(fact.clocks)
    return {name: _kept_or_not(clocks[name], at, calendar) for name in CLOCKS}


def _kept_or_not(clock: dict[str, Any], at: datetime, calendar: Calendar) -> str:
    """Only a clock that stood longer on the wall than it may count is worth the arithmetic of business hours."""
    stopped: str | None = clock["stopped_at"]
    on_the_wall = (datetime.fromisoformat(stopped) if stopped else at) - datetime.fromisoformat(clock["started_at"])
    if (
        on_the_wall >= timedelta(seconds=clock["target_s"])
        and remaining_s(Clock.model_validate(clock), calendar, at) <= 0
    ):
        return "breached"
    return "met" if stopped else "running"


def _series(facts: Sequence[Fact], verdicts: Sequence[dict[str, str]], period: Period) -> tuple[Bucket, ...]:
    width = (period.until - period.since) / BUCKETS
    places: dict[int, list[tuple[Fact, str]]] = {place: [] for place in range(BUCKETS)}
    for fact, verdict in zip(facts, verdicts, strict=True):
        place = int((datetime.fromisoformat(fact.created_at) - period.since) / width)
        places[place].append((fact, verdict["resolution"]))
    return tuple(_bucket((period.since + place * width).astimezone(UTC), found) for place, found in places.items())


def _bucket(at: datetime, found: Sequence[tuple[Fact, str]]) -> Bucket:
    facts, promised = [fact for fact, _ in found], Counter(verdict for _, verdict in found)
    took = _handling(facts)
    return Bucket(
        at=at,
        opened=len(facts),
        settled=sum(fact.status in SETTLED for fact in facts),
        cost_usd=math.fsum(fact.cost_usd for fact in facts),
        p50_s=took.p50_s if took else None,
        p95_s=took.p95_s if took else None,
        met=promised["met"],
        breached=promised["breached"],
    )


def _handling(facts: Iterable[Fact]) -> Spread | None:
    return spread([_seconds(fact.created_at, fact.resolved_at) for fact in facts if fact.resolved_at])


def _seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()
