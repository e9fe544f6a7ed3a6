"""What needs nothing of each other is done at once: recording and thinking, telling an answer and keeping it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared import names
from tests.desk import OPENED_AT, answers, decided, desk, policy, run, said, screened
from tests.engine import Slow

AT_ONCE = {names.RECORD: 10, names.TRIAGE: 10, names.REPLY: 7, names.REMEMBER: 7}
"""Seconds that some steps take; the others take none."""


def slowed(**seconds: float) -> dict[str, Any]:
    plain = answers()

    def slow(step: str, takes: float) -> Callable[[Any], Slow]:
        return lambda given: Slow(timedelta(seconds=takes), plain[step](given))

    return {step: slow(step, takes) for step, takes in seconds.items()}


@pytest.mark.parametrize(("side_by_side", "seconds"), [(True, 10 + 7), (False, 10 + 10 + 7 + 7)])
def test_a_ticket_takes_as_long_as_the_longer_of_two(side_by_side: bool, seconds: float):
    """An episode that began when all was done one after the other goes on so."""
    ended = run(desk(**slowed(**AT_ONCE)), policy=policy(side_by_side=side_by_side))
    assert ended.resolved_at == OPENED_AT + timedelta(seconds=seconds)
    assert [step.name for step in ended.steps][-2:] == ["reply", "remember"]


def test_an_archive_that_is_down_keeps_no_ticket_from_being_thought_about():
    def down(_given: Any) -> Any:
        raise OSError("no archive")

    engine = desk(record=down)
    ended = run(engine)
    assert (ended.status, ended.degraded) == ("resolved", ("archive",))
    assert [name for name, _ in engine.calls][:5] == ["record", "screen", "recall", "triage", "resolve"]


def test_what_fails_on_both_sides_is_named_and_the_answer_stands():
    def down(_given: Any) -> Any:
        raise OSError("down")

    ended = run(desk(reply=down, remember=down))
    assert ended.status == "resolved"
    assert ended.answer == "Forget the network and join again."
    assert set(ended.degraded) == {"reply", "redis"}


def test_a_message_that_comes_while_the_beginning_is_recorded_is_thought_about():
    engine = desk(**slowed(record=10, screen=2))
    engine.at(timedelta(seconds=1), lambda: engine.raise_event("ticket-t1-1", "inbox", said("It is worse now.")))
    ended = run(engine)
    assert ended.status == "resolved"
    assert len(engine.called(names.SCREEN)) == 2
    assert engine.called(names.SCREEN)[1]["messages"] == ["It is worse now."]


def test_a_hostile_ticket_is_recorded_as_begun_before_it_is_recorded_as_escalated():
    engine = desk(**slowed(record=10), screen=lambda given: screened(given, "unsafe", ("gives orders to the agent",)))
    engine.at(timedelta(minutes=1), lambda: engine.raise_event("ticket-t1-1", "inbox", decided("close")))
    run(engine)
    recorded = [(given["status"], given["version"]) for given in engine.called(names.RECORD)]
    assert recorded == [("in_progress", 1), ("escalated", 2), ("closed", 3)]
