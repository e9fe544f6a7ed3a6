"""Read from the desk's own stores how it stands; a source that is down costs only its own readings."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import get_args

from activities.watch_records import last_measured
from shared import metrics
from shared.clocks import remaining_s
from shared.errors import DeskError
from shared.metrics import Metric
from shared.ports import Desk
from shared.readings import OPEN_STATUSES, OpenTicket, Reading, Readings, Standing
from shared.sla import Calendar, Clock
from shared.statistics import Period, Statistics
from shared.topology import queues
from shared.watch_cycles import Threshold

DECIDED_WITHIN = timedelta(days=7)
ERRORS_WITHIN = timedelta(hours=1)
ENOUGH_TICKETS = 5
AT_RISK_SHARE = 0.2
PATIENCE_S = 10.0
CIRCUIT_VALUES = {"closed": 0.0, "half_open": 1.0, "open": 2.0}

type Source = Callable[[Desk, datetime], Awaitable[list[Reading]]]


async def readings(desk: Desk, at: datetime | None = None) -> Readings:
    """Every gauge of shared/metrics.py that has a value now. Never raises DeskError."""
    now = at or datetime.now(UTC)
    results = await asyncio.gather(*(_asked(source, desk, now) for source in SOURCES.values()))
    answers = dict(zip(SOURCES, results, strict=True))
    return Readings(
        at=now,
        values=tuple(value for answer in results if isinstance(answer, list) for value in answer),
        unread={name: answer for name, answer in answers.items() if isinstance(answer, str)},
    )


async def _asked(source: Source, desk: Desk, now: datetime) -> list[Reading] | str:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await source(desk, now)
    except (DeskError, TimeoutError) as error:
        return f"{type(error).__name__}: {error}"[:300]


async def _tickets(desk: Desk, now: datetime) -> list[Reading]:
    standing = await desk.archive.standing(desk.tenant, now - DECIDED_WITHIN)
    calendar = desk.policy.sla.calendar
    last_hour = Period(since=now - ERRORS_WITHIN, until=now)
    by_status = Counter(ticket.status for ticket in standing.open)
    return [
        *(_read(metrics.OPEN_TICKETS, by_status[status], status=status) for status in OPEN_STATUSES),
        *_clocks(standing.open, calendar, now),
        *_escalations(standing.open, now),
        *_overrides(standing),
        *_errors(await desk.archive.statistics(desk.tenant, last_hour, calendar)),
    ]


def _clocks(tickets: Iterable[OpenTicket], calendar: Calendar, now: datetime) -> list[Reading]:
    breached, at_risk = Counter[str](), Counter[str]()
    for ticket in tickets:
        for name, clock in _running(ticket):
            left_s = remaining_s(clock, calendar, now)
            breached[name] += left_s <= 0
            at_risk[name] += 0 < left_s <= AT_RISK_SHARE * clock.target_s
    return [
        _read(metric, counts[clock], clock=clock)
        for metric, counts in ((metrics.SLA_BREACHED, breached), (metrics.SLA_AT_RISK, at_risk))
        for clock in ("first_response", "resolution")
    ]


def _running(ticket: OpenTicket) -> list[tuple[str, Clock]]:
    clocks = {"first_response": ticket.clocks.first_response, "resolution": ticket.clocks.resolution}
    return [(name, clock) for name, clock in clocks.items() if clock.stopped_at is None]


def _escalations(tickets: Iterable[OpenTicket], now: datetime) -> list[Reading]:
    since = [ticket.escalated_at for ticket in tickets if ticket.status == "escalated" and ticket.escalated_at]
    return [
        _read(metrics.OPEN_ESCALATIONS, len(since)),
        _read(metrics.ESCALATION_AGE, _age(min(since, default=None), now)),
    ]


def _overrides(standing: Standing) -> list[Reading]:
    """Nothing where nobody has decided anything: no data is not a rate of zero."""
    decided = sum(standing.decided.values())
    kept = standing.decided.get("approve", 0)
    return [_read(metrics.OVERRIDE_RATE, (decided - kept) / decided)] if decided else []


def _errors(found: Statistics) -> list[Reading]:
    """Nothing where there are few: one failure of two tickets is no rate."""
    return [_read(metrics.ERROR_RATE, found.met_error / found.total)] if found.total >= ENOUGH_TICKETS else []


async def _dead_letters(desk: Desk, _now: datetime) -> list[Reading]:
    return [_read(metrics.DEAD_LETTERS, await desk.dead_letters.depth())]


async def _breakers(desk: Desk, _now: datetime) -> list[Reading]:
    """A circuit that has seen no failure is not known by name, and closed."""
    guard = desk.models.guard
    found = await guard.breakers() if guard else ()
    return [
        _read(metrics.BREAKER_STATE, CIRCUIT_VALUES[circuit.state], agent=circuit.agent, model=circuit.model)
        for circuit in found
    ]


async def _queues(desk: Desk, now: datetime) -> list[Reading]:
    watched = queues()
    backlogs = await asyncio.gather(*(desk.queues.backlog(queue) for queue in watched))
    return [
        value
        for queue, backlog in zip(watched, backlogs, strict=True)
        for value in (
            _read(metrics.QUEUE_DEPTH, backlog.count, queue=queue),
            _read(metrics.QUEUE_AGE, _age(backlog.oldest_at, now), queue=queue),
        )
    ]


async def _outbox(desk: Desk, now: datetime) -> list[Reading]:
    backlog = await desk.events.backlog()
    return [_read(metrics.OUTBOX_DEPTH, backlog.count), _read(metrics.OUTBOX_LAG, _age(backlog.oldest_at, now))]


async def _watch(desk: Desk, _now: datetime) -> list[Reading]:
    """Nothing before a cycle was measured; one that runs or was skipped says nothing about thresholds."""
    last = await last_measured(desk)
    if last is None:
        return []
    crossed = {crossed.threshold for crossed in last.crossed}
    return [_read(metrics.WATCH_CROSSED, name in crossed, threshold=name) for name in get_args(Threshold)]


async def _usage(desk: Desk, now: datetime) -> list[Reading]:
    if (ledger := desk.models.ledger) is None:
        return []
    usage = (await ledger.day(now.date())).usage
    return [
        _read(metrics.TOKENS_TODAY, usage.input_tokens + usage.output_tokens),
        _read(metrics.COST_TODAY, usage.cost_usd),
    ]


SOURCES: dict[str, Source] = {
    "archive": _tickets,
    "dead_letters": _dead_letters,
    "guard": _breakers,
    "queues": _queues,
    "outbox": _outbox,
    "watch": _watch,
    "ledger": _usage,
}


def _read(metric: Metric, value: float, **attributes: str) -> Reading:
    return Reading(metric=metric.name, value=float(value), attributes=attributes)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
