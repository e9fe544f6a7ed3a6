from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shared import clocks
from shared.clock_words import duration
from shared.settings_policy import DEFAULT_TARGETS
from shared.sla import Calendar, Clock, SlaPolicy

CALENDAR = Calendar()
POLICY = SlaPolicy(calendar=CALENDAR, targets=DEFAULT_TARGETS)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


def line(clock: Clock, now: datetime, calendar: Calendar = CALENDAR) -> str:
    return clocks.reading(clock, calendar, now).arithmetic


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 min"), (45, "45 s"), (3600, "1 h"), (6600, "1 h 50 min"), (259_205, "72 h 5 s")],
)
def test_durations_are_written_in_hours_minutes_and_seconds(seconds: int, words: str):
    assert duration(seconds) == words


def test_a_day_with_a_pause_adds_up():
    both = clocks.open_clocks(at(2, 9), "P2", POLICY)
    both = clocks.resume(clocks.pause(both, at(2, 10, 10)), at(2, 11))
    assert line(both.resolution, at(2, 12)) == (
        "elapsed 2 h 10 min = 09:00-10:10 + 11:00-12:00 (paused 10:10-11:00); target 4 h; remaining 1 h 50 min"
    )


def test_several_days_carry_their_dates():
    both = clocks.open_clocks(at(2, 16), "P2", POLICY)
    assert line(both.resolution, at(3, 10)) == (
        "elapsed 2 h = 2026-11-02 16:00-17:00 + 2026-11-03 09:00-10:00; target 4 h; remaining 2 h"
    )


def test_a_stretch_over_midnight_names_both_days():
    both = clocks.open_clocks(at(2, 23), "P1", POLICY)
    assert line(both.resolution, at(3, 0, 30)) == (
        "elapsed 1 h 30 min = 2026-11-02 23:00 to 2026-11-03 00:30; target 2 h; remaining 30 min"
    )


def test_seconds_are_told_where_there_are_any():
    both = clocks.open_clocks(at(2, 9, 0, 5), "P2", POLICY)
    assert line(both.resolution, at(2, 9, 1)) == (
        "elapsed 55 s = 09:00:05-09:01:00; target 4 h; remaining 3 h 59 min 5 s"
    )


def test_before_anything_counted_there_is_no_sum():
    both = clocks.open_clocks(at(2, 6), "P2", POLICY)
    assert line(both.resolution, at(2, 7)) == "elapsed 0 min; target 4 h; remaining 4 h"


def test_an_open_pause_says_since_when():
    both = clocks.pause(clocks.open_clocks(at(2, 9), "P2", POLICY), at(2, 10))
    assert line(both.resolution, at(2, 12)) == (
        "elapsed 1 h = 09:00-10:00 (paused since 10:00); target 4 h; remaining 3 h"
    )


def test_overdue_replaces_remaining_after_the_breach():
    both = clocks.open_clocks(at(2, 9), "P2", POLICY)
    assert line(both.resolution, at(2, 13, 20)).endswith("target 4 h; overdue 20 min")


def test_times_are_those_of_the_desk_and_say_so():
    both = clocks.open_clocks(at(2, 9), "P2", POLICY)
    text = line(both.resolution, at(2, 10), Calendar(zone="Europe/Paris"))
    assert text == "elapsed 1 h = 10:00-11:00; target 4 h; remaining 3 h; times in Europe/Paris"


def test_offsets_are_told_where_the_clocks_changed():
    paris = ZoneInfo("Europe/Paris")
    clock = Clock(started_at=datetime(2026, 10, 25, 1, tzinfo=paris), target_s=7200, business_hours=False)
    text = line(clock, datetime(2026, 10, 25, 3, tzinfo=paris), Calendar(zone="Europe/Paris"))
    assert "elapsed 3 h = 01:00+02:00-03:00+01:00" in text


def test_a_long_clock_stays_one_short_line_that_still_adds_up():
    both = clocks.open_clocks(at(2, 9), "P5", POLICY)
    assert line(both.resolution, at(30, 9)) == (
        "elapsed 160 h = 2026-11-02 09:00-17:00 + 2026-11-03 09:00-17:00 + 16 more of 128 h in all"
        " + 2026-11-26 09:00-17:00 + 2026-11-27 09:00-17:00; target 72 h; overdue 88 h"
    )
