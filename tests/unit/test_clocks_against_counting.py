"""Clocks compared with a count that walks through time a quarter of an hour at a time."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared import clocks
from shared.settings_policy import DEFAULT_TARGETS
from shared.sla import Calendar, Clock, SlaPolicy

QUARTER = timedelta(minutes=15)
CALENDAR = Calendar(zone="Europe/Berlin", opens=time(8, 30), closes=time(17, 15), holidays=(date(2026, 3, 31),))
POLICY = SlaPolicy(calendar=CALENDAR, targets=DEFAULT_TARGETS)


def counted(clock: Clock, until: datetime) -> timedelta:
    zone, total, now = ZoneInfo(CALENDAR.zone), timedelta(0), clock.started_at
    while now < min(until, clock.stopped_at or until):
        local = now.astimezone(zone)
        staffed = (
            local.weekday() in CALENDAR.weekdays
            and local.date() not in CALENDAR.holidays
            and CALENDAR.opens <= local.time() < CALENDAR.closes
        )
        held = any(p.started_at <= now and (p.ended_at is None or now < p.ended_at) for p in clock.pauses)
        if not held and (staffed or not clock.business_hours):
            total += QUARTER
        now += QUARTER
    return total


@pytest.mark.parametrize("seed", range(24))
def test_elapsed_and_due_agree_with_counting_through_time(seed: int):
    chance = random.Random(seed)
    now = datetime(2026, 3, 26, 12, tzinfo=UTC) + chance.randrange(96) * QUARTER
    both = clocks.open_clocks(now, chance.choice(("P1", "P2", "P3", "P4")), POLICY)
    for _ in range(chance.randrange(10)):
        now += chance.randrange(90) * QUARTER
        step = chance.choice((clocks.pause, clocks.resume, clocks.resolve, clocks.reopen))
        both = step(both, now)
        if chance.random() < 0.3:
            both = clocks.retarget(both, chance.choice(("P1", "P2", "P3")), POLICY)
    clock = both.resolution
    now += chance.randrange(60) * QUARTER
    seen = clocks.reading(clock, CALENDAR, now)
    assert seen.elapsed_s == counted(clock, now).total_seconds()
    assert clocks.remaining_s(clock, CALENDAR, now) == seen.remaining_s
    assert seen.breached == (seen.elapsed_s >= seen.target_s)
    if seen.due_at is not None and seen.breached:
        assert counted(clock, seen.due_at).total_seconds() == clock.target_s
        assert counted(clock, seen.due_at - QUARTER) < timedelta(seconds=clock.target_s)
