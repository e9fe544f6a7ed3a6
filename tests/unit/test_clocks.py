"""The clocks over their usual bugs. Monday is 2026-11-02; business hours are 09:00-17:00 in their zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared import clocks
from shared.settings_policy import DEFAULT_TARGETS
from shared.sla import Calendar, Clock, Clocks, Pause, SlaPolicy
from shared.tickets import Priority

CALENDAR = Calendar()
POLICY = SlaPolicy(calendar=CALENDAR, targets=DEFAULT_TARGETS)
PARIS = ZoneInfo("Europe/Paris")
HOUR = 3600


def at(text: str) -> datetime:
    """A moment in UTC: "02 10:30" is Monday 2026-11-02, 10:30."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def opened(when: str, priority: Priority | None = "P2") -> Clocks:
    return clocks.open_clocks(at(when), priority, POLICY)


def read(clock: Clock, when: str, calendar: Calendar = CALENDAR):
    return clocks.reading(clock, calendar, at(when))


@pytest.mark.parametrize(
    ("priority", "first_response_h", "resolution_h"),
    [("P1", 0.5, 2), ("P2", 1, 4), ("P3", 8, 24), ("P4", 24, 72), ("P5", 24, 72), (None, 8, 24)],
)
def test_targets_follow_the_priority_and_an_untriaged_ticket_counts_as_p3(
    priority: Priority | None, first_response_h: float, resolution_h: float
):
    both = opened("02 09:00", priority)
    assert both.first_response.target_s == first_response_h * HOUR
    assert both.resolution.target_s == resolution_h * HOUR


@pytest.mark.parametrize(
    ("start", "now", "elapsed_h", "due"),
    [
        pytest.param("02 09:00", "02 10:00", 1, "02 13:00", id="within one day"),
        pytest.param("02 06:30", "02 10:00", 1, "02 13:00", id="opened before hours"),
        pytest.param("02 20:00", "03 10:00", 1, "03 13:00", id="opened after hours"),
        pytest.param("02 16:00", "03 10:00", 2, "03 12:00", id="over a night"),
        pytest.param("06 16:00", "09 09:30", 1.5, "09 12:00", id="over a weekend"),
        pytest.param("07 11:00", "08 23:00", 0, "09 13:00", id="opened on a weekend"),
        pytest.param("02 13:00", "02 18:00", 4, "02 17:00", id="used up exactly at closing"),
        pytest.param("02 17:00", "03 09:00", 0, "03 13:00", id="opened at the very close"),
        pytest.param("10 16:00", "12 10:00", 2, "12 12:00", id="holiday in the middle"),
        pytest.param("11 10:00", "11 16:00", 0, "12 13:00", id="opened on a holiday"),
    ],
)
def test_only_business_hours_count(start: str, now: str, elapsed_h: float, due: str):
    calendar = Calendar(holidays=(date(2026, 11, 11),))
    seen = read(opened(start).resolution, now, calendar)
    assert (seen.elapsed_s, seen.due_at) == (elapsed_h * HOUR, at(due))


def test_p1_runs_around_the_clock():
    seen = read(opened("07 23:00", "P1").resolution, "08 00:30")
    assert (seen.elapsed_s, seen.due_at) == (1.5 * HOUR, at("08 01:00"))


@pytest.mark.parametrize(
    ("now", "breached", "remaining_s"),
    [("02 12:59", False, 60), ("02 13:00", True, 0), ("02 13:20", True, -1200)],
)
def test_the_breach_is_the_very_moment_of_due_at(now: str, breached: bool, remaining_s: int):
    seen = read(opened("02 09:00").resolution, now)
    assert seen.due_at == at("02 13:00")
    assert (seen.breached, seen.remaining_s) == (breached, remaining_s)


def test_while_paused_nothing_counts_and_nobody_knows_when_it_is_due():
    both = clocks.pause(opened("02 09:00"), at("02 10:00"))
    seen = read(both.resolution, "03 12:00")
    assert (seen.paused, seen.elapsed_s, seen.due_at) == (True, HOUR, None)


def test_a_breach_before_the_pause_keeps_its_moment():
    both = clocks.pause(opened("02 09:00"), at("02 14:00"))
    seen = read(both.resolution, "02 16:00")
    assert (seen.breached, seen.due_at) == (True, at("02 13:00"))


@pytest.mark.parametrize(
    ("paused", "resumed", "due"),
    [
        pytest.param("02 15:00", "02 16:00", "03 11:00", id="within hours"),
        pytest.param("02 16:00", "03 10:00", "03 12:00", id="across closed hours"),
        pytest.param("02 19:00", "02 23:00", "03 10:00", id="wholly in closed hours"),
        pytest.param("07 10:00", "08 10:00", "03 10:00", id="on a weekend, long after"),
    ],
)
def test_a_pause_moves_due_by_the_business_time_it_covers(paused: str, resumed: str, due: str):
    both = opened("02 14:00")
    both = clocks.resume(clocks.pause(both, at(paused)), at(resumed))
    assert read(both.resolution, "02 14:30").due_at == at(due)


def test_a_pause_on_a_weekend_costs_no_business_time():
    both = opened("06 16:00")
    both = clocks.resume(clocks.pause(both, at("07 10:00")), at("08 22:00"))
    seen = read(both.resolution, "09 10:00")
    assert (seen.elapsed_s, seen.due_at) == (2 * HOUR, at("09 12:00"))


def test_pausing_and_resuming_twice_is_once():
    once = clocks.pause(opened("02 09:00"), at("02 10:00"))
    assert clocks.pause(once, at("02 10:30")) == once
    back = clocks.resume(once, at("02 11:00"))
    assert clocks.resume(back, at("02 12:00")) == back
    assert clocks.resume(opened("02 09:00"), at("02 12:00")) == opened("02 09:00")


def test_resolving_a_waiting_ticket_ends_its_pause_and_does_not_count_the_wait():
    both = clocks.pause(opened("02 09:00"), at("02 10:00"))
    done = clocks.resolve(both, at("02 16:00"))
    seen = read(done.resolution, "05 12:00")
    assert (seen.paused, seen.elapsed_s, seen.breached) == (False, HOUR, False)
    assert seen.stopped_at == at("02 16:00")
    assert done.resolution.pauses == (Pause(started_at=at("02 10:00"), ended_at=at("02 16:00")),)


def test_a_stopped_clock_stands_still_whatever_comes_later():
    done = clocks.resolve(opened("02 09:00"), at("02 10:00"))
    late = at("02 15:00")
    assert clocks.resolve(done, late) == done
    assert clocks.pause(done, late) == done
    assert clocks.resume(done, late) == done
    assert clocks.first_response(done, late) == done


def test_a_met_promise_is_not_broken_by_a_later_priority():
    both = clocks.first_response(opened("02 09:00", "P3"), at("02 14:00"))
    both = clocks.retarget(both, "P1", POLICY)
    assert read(both.first_response, "02 15:00").breached is False
    assert both.resolution.target_s == 2 * HOUR


def test_a_target_changed_while_paused_keeps_start_and_pause():
    both = clocks.pause(opened("02 09:00", "P3"), at("02 10:00"))
    both = clocks.retarget(both, "P2", POLICY)
    held = read(both.resolution, "02 15:00")
    assert (held.paused, held.elapsed_s, held.remaining_s, held.due_at) == (True, HOUR, 3 * HOUR, None)
    resumed = clocks.resume(both, at("02 16:00"))
    assert read(resumed.resolution, "02 16:30").due_at == at("03 11:00")


def test_raised_to_p1_the_hours_before_count_around_the_clock():
    both = clocks.retarget(opened("02 16:00", "P3"), "P1", POLICY)
    seen = read(both.resolution, "02 19:00")
    assert (seen.elapsed_s, seen.breached, seen.due_at) == (3 * HOUR, True, at("02 18:00"))


def test_the_first_response_stops_its_clock_once_and_leaves_the_resolution_running():
    both = clocks.first_response(opened("02 09:00"), at("02 09:20"))
    both = clocks.first_response(both, at("02 15:00"))
    assert read(both.first_response, "02 16:00").elapsed_s == 20 * 60
    assert both.resolution.stopped_at is None


def test_after_the_first_response_only_the_resolution_pauses():
    both = clocks.first_response(opened("02 09:00"), at("02 09:20"))
    both = clocks.pause(both, at("02 10:00"))
    assert both.first_response.pauses == ()
    assert read(both.resolution, "02 11:00").paused


def test_an_unanswered_ticket_pauses_both_clocks():
    both = clocks.pause(opened("02 09:00"), at("02 09:30"))
    assert read(both.first_response, "02 12:00").elapsed_s == 30 * 60


def test_the_time_a_ticket_stood_resolved_does_not_count_after_reopening():
    done = clocks.resolve(opened("02 09:00"), at("02 11:00"))
    again = clocks.reopen(done, at("03 10:00"))
    seen = read(again.resolution, "03 11:00")
    assert (seen.elapsed_s, seen.stopped_at, seen.due_at) == (3 * HOUR, None, at("03 12:00"))
    assert again.first_response == done.first_response


def test_reopening_what_was_resolved_while_waiting_counts_neither_wait_nor_rest():
    done = clocks.resolve(clocks.pause(opened("02 09:00"), at("02 10:00")), at("02 12:00"))
    again = clocks.reopen(done, at("02 14:00"))
    assert read(again.resolution, "02 15:00").elapsed_s == 2 * HOUR


def test_reopening_a_running_ticket_changes_nothing():
    assert clocks.reopen(opened("02 09:00"), at("02 10:00")) == opened("02 09:00")


def test_a_moment_without_zone_is_refused_everywhere():
    naive = datetime(2026, 11, 2, 10, 0)
    both = opened("02 09:00")
    for change in (clocks.pause, clocks.resume, clocks.first_response, clocks.resolve, clocks.reopen):
        with pytest.raises(ValueError, match="time zone"):
            change(both, naive)
    with pytest.raises(ValueError, match="time zone"):
        clocks.open_clocks(naive, "P1", POLICY)
    with pytest.raises(ValueError, match="time zone"):
        clocks.reading(both.resolution, CALENDAR, naive)
    with pytest.raises(ValueError, match="timezone"):
        Clock(started_at=naive, target_s=60, business_hours=True)


def test_the_zone_in_which_a_moment_is_written_makes_no_difference():
    tokyo = at("02 10:00").astimezone(ZoneInfo("Asia/Tokyo"))
    assert read(clocks.pause(opened("02 09:00"), tokyo).resolution, "02 12:00").elapsed_s == HOUR


def test_events_stamped_out_of_order_never_give_negative_time():
    both = clocks.pause(opened("02 10:00"), at("02 09:30"))
    both = clocks.resolve(clocks.resume(both, at("02 09:00")), at("02 08:00"))
    seen = read(both.resolution, "02 12:00")
    assert (seen.elapsed_s, seen.stopped_at) == (0, at("02 10:00"))


@pytest.mark.parametrize(
    ("day", "elapsed_h", "due"),
    [
        pytest.param(date(2026, 3, 29), 5, datetime(2026, 3, 29, 5, tzinfo=PARIS), id="spring forward"),
        pytest.param(date(2026, 10, 25), 7, datetime(2026, 10, 25, 3, tzinfo=PARIS), id="fall back"),
    ],
)
def test_business_hours_over_a_clock_change_count_real_time(day: date, elapsed_h: int, due: datetime):
    nights = Calendar(zone="Europe/Paris", opens=time(0), closes=time(6), weekdays=(0, 1, 2, 3, 4, 5, 6))
    clock = Clock(started_at=datetime.combine(day, time(0), PARIS), target_s=4 * HOUR, business_hours=True)
    seen = clocks.reading(clock, nights, datetime.combine(day, time(12), PARIS))
    assert (seen.elapsed_s, seen.due_at) == (elapsed_h * HOUR, due.astimezone(UTC))


def test_opening_hours_keep_their_wall_time_over_a_clock_change():
    calendar = Calendar(zone="Europe/Paris")
    friday = datetime(2026, 10, 23, 16, 0, tzinfo=PARIS)
    clock = Clock(started_at=friday, target_s=2 * HOUR, business_hours=True)
    seen = clocks.reading(clock, calendar, friday)
    assert seen.due_at == datetime(2026, 10, 26, 10, 0, tzinfo=PARIS)


def test_hours_that_close_before_they_open_run_past_midnight():
    nights = Calendar(opens=time(22), closes=time(6), weekdays=(4,))
    clock = Clock(started_at=at("06 23:00"), target_s=4 * HOUR, business_hours=True)
    seen = clocks.reading(clock, nights, at("07 08:00"))
    assert (seen.elapsed_s, seen.due_at) == (7 * HOUR, at("07 03:00"))


def test_a_calendar_without_a_working_day_is_refused():
    with pytest.raises(ValueError, match="no working day"):
        read(opened("02 09:00").resolution, "02 10:00", Calendar(weekdays=()))


def test_fractions_of_a_second_leave_a_sum_that_adds_up():
    start = at("02 09:00") + timedelta(microseconds=900_000)
    both = clocks.open_clocks(start, "P2", POLICY)
    seen = clocks.reading(both.resolution, CALENDAR, at("02 10:00") + timedelta(microseconds=100_000))
    assert seen.elapsed_s + seen.remaining_s == seen.target_s
    assert seen.elapsed_s == HOUR


def test_clocks_survive_json():
    both = clocks.reopen(
        clocks.resolve(clocks.pause(opened("02 09:00"), at("02 10:00")), at("02 11:00")), at("03 09:00")
    )
    assert Clocks.model_validate(both.model_dump(mode="json")) == both
