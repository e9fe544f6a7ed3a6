"""Rate limits, on a clock that a test moves."""

import heapq
from typing import Any

import pytest

from shared.rate_limit import FREED_AFTER_S, Limits, Spending, Window, ask_for_room, correct
from shared.thinking import Lane

NONE = Limits()


def ask(
    window: Window, now: float, limits: Limits, lane: Lane = "interactive", of_group: Limits = NONE, **wish: Any
) -> tuple[Window, float]:
    return ask_for_room(window, Spending(at=now, lane=lane, **wish), limits, of_group)


def filled(count: int, limits: Limits, now: float = 0, lane: Lane = "interactive") -> Window:
    window = Window()
    for _ in range(count):
        window, wait = ask(window, now, limits, lane)
        assert wait == 0
    return window


def test_as_many_requests_as_the_limit_pass_and_the_next_waits_for_the_first_to_be_a_minute_old():
    window = filled(10, Limits(requests=10), now=5.2)
    _, wait = ask(window, 30, Limits(requests=10))
    assert 30 + wait == 5 + FREED_AFTER_S
    assert ask(window, 30 + wait, Limits(requests=10))[1] == 0


def test_no_minute_wherever_it_begins_holds_more_than_the_limit():
    """Twelve callers that always come back when told, for ten minutes."""
    limits, window = Limits(requests=7), Window()
    passed: list[float] = []
    calls = [(caller * 1.7, caller) for caller in range(12)]
    while calls[0][0] < 600:
        now, caller = heapq.heappop(calls)
        window, wait = ask(window, now, limits)
        if not wait:
            passed.append(now)
        heapq.heappush(calls, (now + (wait or 0.3), caller))
    assert len(passed) > 7 * 9 * 0.9, "and the limit is made use of"
    assert all(later - earlier >= 60 for earlier, later in zip(passed, passed[7:], strict=False))


def test_who_waits_is_spread_over_the_time_in_which_there_is_room():
    limits = Limits(requests=2)
    window = filled(2, limits)
    waits: list[float] = []
    for _ in range(6):
        window, wait = ask(window, 1, limits)
        waits.append(1 + wait)
    assert waits == [61, 61, 122, 122, 183, 183]


def test_a_token_limit_counts_what_a_call_is_thought_to_use_until_it_is_known():
    limits = Limits(tokens=1000)
    window, _ = ask(Window(), 0, limits, tokens=800)
    assert ask(window, 1, limits, tokens=300)[1] > 0
    known = correct(window, Spending(at=0, lane="interactive", tokens=800), 600)
    assert ask(known, 1, limits, tokens=300)[1] == 0
    assert ask(known, 1, limits, tokens=401)[1] > 0


def test_a_correction_leaves_the_other_calls_of_that_second_alone():
    limits = Limits(tokens=1000)
    window, _ = ask(Window(), 0.1, limits, tokens=300)
    window, _ = ask(window, 0.2, limits, tokens=400)
    window = correct(window, Spending(at=0.2, lane="interactive", tokens=400), 100)
    assert [spending.tokens for spending in window.spent] == [400]


def test_a_call_larger_than_the_whole_limit_passes_when_nothing_else_does():
    limits = Limits(tokens=1000)
    window, wait = ask(Window(), 0, limits, tokens=5000)
    assert wait == 0
    window, wait = ask(window, 1, limits, tokens=5000)
    assert wait == 60
    assert ask(window, 61, limits, tokens=5000)[1] == 0


def test_batch_work_leaves_a_fifth_to_people_who_wait():
    limits = Limits(requests=10)
    window = filled(8, limits, lane="batch")
    assert ask(window, 1, limits, "batch")[1] > 0
    for _ in range(2):
        window, wait = ask(window, 1, limits, "interactive")
        assert wait == 0
    assert ask(window, 1, limits, "interactive")[1] > 0


def test_people_may_use_everything_until_batch_work_waits_which_then_gets_its_tenth():
    limits = Limits(requests=10)
    window = filled(10, limits)
    window, wait = ask(window, 1, limits, "batch")
    at = 1 + wait
    for _ in range(9):
        window, wait = ask(window, at, limits, "interactive")
        assert wait == 0
    assert ask(window, at, limits, "interactive")[1] > 0
    assert ask(window, at, limits, "batch")[1] == 0


@pytest.mark.parametrize("lane", ["batch", "interactive"])
def test_a_limit_of_one_lets_every_lane_have_its_turn(lane: Lane):
    assert ask(Window(), 0, Limits(requests=1), lane)[1] == 0


def test_a_group_keeps_to_its_own_limit_and_to_the_models():
    model, watch = Limits(requests=12), Limits(requests=10)
    window = Window()
    for _ in range(10):
        window, wait = ask(window, 0, model, of_group=watch, group="watch")
        assert wait == 0
    assert ask(window, 0, model, of_group=watch, group="watch")[1] > 0
    for _ in range(2):
        window, wait = ask(window, 0, model)
        assert wait == 0
    assert ask(window, 0, model)[1] > 0


def test_a_group_may_be_limited_where_the_model_is_not():
    watch = Limits(requests=1)
    window, _ = ask(Window(), 0, NONE, of_group=watch, group="watch")
    assert ask(window, 0, NONE, of_group=watch, group="watch")[1] > 0
    assert ask(window, 0, NONE)[1] == 0


def test_the_state_stays_small_however_many_wait():
    limits, window = Limits(requests=3), Window()
    for second in range(2000):
        window, _ = ask(window, second / 10, limits)
    assert len(window.model_dump_json(exclude_defaults=True)) < 50_000
