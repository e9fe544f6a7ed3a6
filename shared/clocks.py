"""The two promises of a ticket, first response and resolution: how they run, pause, stop and read.

A clock never runs backwards: a moment before the last one it knows counts as that last one, so that
events stamped by machines whose clocks differ cannot give negative time.
"""

from datetime import UTC, datetime, timedelta

from shared.business_time import FOREVER, Span, working_spans
from shared.clock_words import arithmetic
from shared.sla import Calendar, Clock, ClockReading, Clocks, Pause, SlaPolicy, Target
from shared.tickets import Priority

UNTRIAGED: Priority = "P3"


def open_clocks(at: datetime, priority: Priority | None, policy: SlaPolicy) -> Clocks:
    """Start both clocks; before triage the targets are those of P3."""
    _refuse_naive(at)
    target = policy.targets[priority or UNTRIAGED]
    return Clocks(
        first_response=Clock(started_at=at, target_s=target.first_response_s, business_hours=target.business_hours),
        resolution=Clock(started_at=at, target_s=target.resolution_s, business_hours=target.business_hours),
    )


def retarget(clocks: Clocks, priority: Priority, policy: SlaPolicy) -> Clocks:
    """Give the clocks the targets of another priority; start and pauses stay.

    A clock that has stopped keeps its target: a promise already kept is not broken afterwards.
    """
    target = policy.targets[priority]
    return Clocks(
        first_response=_aimed(clocks.first_response, target, target.first_response_s),
        resolution=_aimed(clocks.resolution, target, target.resolution_s),
    )


def pause(clocks: Clocks, at: datetime) -> Clocks:
    """Hold every clock that runs; twice is once."""
    return Clocks(first_response=_paused(clocks.first_response, at), resolution=_paused(clocks.resolution, at))


def resume(clocks: Clocks, at: datetime) -> Clocks:
    """Let every held clock run again; twice is once."""
    return Clocks(first_response=_resumed(clocks.first_response, at), resolution=_resumed(clocks.resolution, at))


def first_response(clocks: Clocks, at: datetime) -> Clocks:
    """Stop the first response clock; later responses change nothing."""
    return Clocks(first_response=_stopped(clocks.first_response, at), resolution=clocks.resolution)


def resolve(clocks: Clocks, at: datetime) -> Clocks:
    """Stop both clocks, also from a pause: the time spent waiting stays uncounted."""
    return Clocks(first_response=_stopped(clocks.first_response, at), resolution=_stopped(clocks.resolution, at))


def reopen(clocks: Clocks, at: datetime) -> Clocks:
    """Let the resolution clock run on; the time it stood resolved becomes a pause.

    The first response stays what it was.
    """
    clock = clocks.resolution
    at = _moment(clock, at)
    if clock.stopped_at is None:
        return clocks
    rest = Pause(started_at=clock.stopped_at, ended_at=at)
    running = clock.model_copy(update={"stopped_at": None, "pauses": (*clock.pauses, rest)})
    return Clocks(first_response=clocks.first_response, resolution=running)


def reading(clock: Clock, calendar: Calendar, now: datetime) -> ClockReading:
    """Read a clock at `now`, in whole seconds, so that elapsed and remaining add up to the target.

    Remaining goes below zero after the breach, which is the very moment of `due_at`. Times in the
    arithmetic are those of the calendar's zone. Raises ValueError for a naive `now`.
    """
    spans = _counted(clock, calendar, now)
    elapsed_s = _seconds(spans)
    return ClockReading(
        started_at=clock.started_at,
        due_at=_due_at(clock, calendar),
        target_s=clock.target_s,
        elapsed_s=elapsed_s,
        remaining_s=clock.target_s - elapsed_s,
        paused=clock.stopped_at is None and _is_held(clock),
        breached=elapsed_s >= clock.target_s,
        stopped_at=clock.stopped_at,
        arithmetic=arithmetic(spans, clock.pauses, clock.target_s, calendar.zone),
    )


def remaining_s(clock: Clock, calendar: Calendar, now: datetime) -> int:
    """What is left of the promise, as `reading` shows it; zero or less is a breach.

    For those who look at many clocks: the words and the due date of a reading cost several times as much.
    """
    return clock.target_s - _seconds(_counted(clock, calendar, now))


def _counted(clock: Clock, calendar: Calendar, now: datetime) -> list[Span]:
    """The time that counts up to `now`, in whole seconds. Raises ValueError for a naive `now`."""
    _refuse_naive(now)
    until = _whole(clock.stopped_at or now)
    spans: list[Span] = []
    for start, end in working_spans(_hours(clock, calendar), _running(clock)):
        if start >= until:
            break
        spans.append((start, min(end, until)))
    return spans


def _seconds(spans: list[Span]) -> int:
    return sum(int((end - start).total_seconds()) for start, end in spans)


def _hours(clock: Clock, calendar: Calendar) -> Calendar | None:
    return calendar if clock.business_hours else None


def _due_at(clock: Clock, calendar: Calendar) -> datetime | None:
    left = timedelta(seconds=clock.target_s)
    for start, end in working_spans(_hours(clock, calendar), _running(clock)):
        if left <= end - start:
            return start + left
        left -= end - start
    return None


def _running(clock: Clock) -> list[Span]:
    """The gaps between pauses; the last has no end unless the clock is held."""
    spans: list[Span] = []
    start = _whole(clock.started_at)
    for held in clock.pauses:
        spans.append((start, _whole(held.started_at)))
        if held.ended_at is None:
            return spans
        start = _whole(held.ended_at)
    return [*spans, (start, FOREVER)]


def _aimed(clock: Clock, target: Target, target_s: int) -> Clock:
    if clock.stopped_at is not None:
        return clock
    return clock.model_copy(update={"target_s": target_s, "business_hours": target.business_hours})


def _paused(clock: Clock, at: datetime) -> Clock:
    at = _moment(clock, at)
    if clock.stopped_at is not None or _is_held(clock):
        return clock
    return clock.model_copy(update={"pauses": (*clock.pauses, Pause(started_at=at))})


def _resumed(clock: Clock, at: datetime) -> Clock:
    at = _moment(clock, at)
    if not _is_held(clock):
        return clock
    ended = clock.pauses[-1].model_copy(update={"ended_at": at})
    return clock.model_copy(update={"pauses": (*clock.pauses[:-1], ended)})


def _stopped(clock: Clock, at: datetime) -> Clock:
    if clock.stopped_at is not None:
        _refuse_naive(at)
        return clock
    return _resumed(clock, at).model_copy(update={"stopped_at": _moment(clock, at)})


def _is_held(clock: Clock) -> bool:
    return bool(clock.pauses) and clock.pauses[-1].ended_at is None


def _moment(clock: Clock, at: datetime) -> datetime:
    _refuse_naive(at)
    last = clock.pauses[-1] if clock.pauses else None
    known = (clock.started_at, last and last.started_at, last and last.ended_at, clock.stopped_at)
    return max(at, *(moment for moment in known if moment is not None))


def _refuse_naive(at: datetime) -> None:
    if at.utcoffset() is None:
        raise ValueError(f"a moment needs its time zone: {at.isoformat()}")


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
