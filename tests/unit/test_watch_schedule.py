"""When a cycle is due: on time, after downtime, around the maintenance window and in its zone."""

from datetime import UTC, datetime, time, timedelta

import pytest
from pydantic import TypeAdapter

from activities.watch_records import new_cycle_id
from shared.settings import read
from shared.watch_cycles import CycleId
from shared.watch_schedule import Look, Window, look

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NIGHT = Window(opens=time(2), closes=time(3))


def seen(due_at: datetime | None, now: datetime = NOON, zone: str = "UTC", window: Window = NIGHT) -> Look:
    return look(due_at, now, DAY, window, zone)


def test_ids_in_their_order_are_cycles_in_theirs_within_a_second_too():
    moments = [NOON + timedelta(microseconds=passed) for passed in (0, 1, 9, 16, 99_999, 100_000, 999_999, 1_000_000)]
    ids = [new_cycle_id(moment) for moment in moments]
    assert ids == sorted(ids)
    assert [TypeAdapter(CycleId).validate_python(one) for one in ids] == ids


def test_a_new_desk_has_no_day_to_look_back_on():
    assert seen(None) == Look("wait", NOON + DAY)


def test_before_it_is_due_nothing_starts():
    assert seen(NOON + timedelta(hours=1)) == Look("wait", NOON + timedelta(hours=1))


def test_a_shorter_period_holds_at_once():
    assert look(NOON + 3 * DAY, NOON, DAY, NIGHT, "UTC") == Look("wait", NOON + DAY)


def test_what_is_due_starts_and_the_next_keeps_the_hour():
    due_at = NOON - timedelta(minutes=1)
    assert seen(due_at) == Look("start", due_at + DAY)


def test_however_many_were_missed_one_makes_up_for_them():
    due_at = NOON - 3 * DAY - timedelta(hours=1)
    assert seen(due_at) == Look("start", due_at + 4 * DAY, missed=3, late=True)


def test_a_cycle_that_falls_into_the_window_is_due_again_when_it_closes():
    night = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
    closes_at = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    assert seen(night, night) == Look("skip", closes_at)
    assert seen(closes_at, closes_at).verdict == "start"


def test_the_window_is_wall_time_of_its_zone():
    in_paris = datetime(2026, 7, 2, 0, 30, tzinfo=UTC)
    assert seen(in_paris, in_paris, "Europe/Paris") == Look("skip", datetime(2026, 7, 2, 1, 0, tzinfo=UTC))
    assert seen(in_paris, in_paris).verdict == "start"


@pytest.mark.parametrize(
    ("hour", "closes_at"),
    [(23, datetime(2026, 3, 3, 1, tzinfo=UTC)), (0, datetime(2026, 3, 2, 1, tzinfo=UTC)), (1, None), (21, None)],
)
def test_a_window_may_go_over_midnight(hour: int, closes_at: datetime | None):
    window = Window(opens=time(22), closes=time(1))
    assert window.end_after(datetime(2026, 3, 2, hour, tzinfo=UTC), "UTC") == closes_at


def test_the_same_time_twice_is_no_window():
    assert Window(opens=time(2), closes=time(2)).end_after(datetime(2026, 3, 2, 2, tzinfo=UTC), "UTC") is None


def test_the_settings_say_how_often_and_when_not():
    settings = read({})
    assert (settings.watch_every, settings.watch_window) == (DAY, NIGHT)
    assert settings.watch_thresholds.model_dump() == {
        "execution_s": 300, "success_rate": 0.95, "cost_usd": 1.0, "error_rate": 0.05,
    }  # fmt: skip
    assert read({"WATCH_WINDOW": "22:30-01:00"}).watch_window == Window(opens=time(22, 30), closes=time(1))


@pytest.mark.parametrize("window", ["02:00", "two-three", "-", "02:00-25:00"])
def test_a_window_that_is_none_is_refused_by_name(window: str):
    with pytest.raises(Exception, match="WATCH_WINDOW"):
        read({"WATCH_WINDOW": window})


def test_the_crew_has_ten_requests_a_minute_unless_told_otherwise():
    assert read({}).model_group_limits["watch"].requests == 10
    other = read({"MODEL_GROUP_LIMITS": '{"other": {"requests": 3}}'}).model_group_limits
    assert (other["watch"].requests, other["other"].requests) == (10, 3)
    assert read({"MODEL_GROUP_LIMITS": '{"watch": {"requests": 2}}'}).model_group_limits["watch"].requests == 2
