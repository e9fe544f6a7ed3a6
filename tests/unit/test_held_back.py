"""A step that our own rate limit holds back, in virtual time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from orchestrations.calling import HELD_BACK_PATIENCE_S, Work, call
from shared.exchanged import Answered, Done
from tests.desk import policy
from tests.engine import Engine, Instance

DONE = {"degraded": None}
HELD = Answered(error="no room in this minute", retry_after_s=40, held_back=True)
DOWN = Answered(error="the circuit is open", retry_after_s=40)


def one_step(ctx: Any, data: Any) -> Work[Any]:
    done = yield from call(ctx, "step", Done(), Done, policy(retry_count=2))
    return done.model_dump(mode="json")


def run(*answers: Any) -> tuple[Engine, Instance, timedelta]:
    """One step whose activity answers so, the last answer for ever; and how long it took."""
    given: Iterator[Any] = iter(answers)
    last = answers[-1]
    engine = Engine({"one_step": one_step}, {"step": lambda _: next(given, last)})
    began = engine.now
    instance = engine.start("one_step", "one", None)
    engine.run()
    return engine, instance, engine.now - began


def test_waiting_for_room_costs_no_attempt_however_often_it_happens():
    engine, instance, took = run(*[HELD] * 10, DONE)
    assert instance.output == DONE
    assert len(engine.called("step")) == 11
    assert took == timedelta(seconds=400)


def test_attempts_that_failed_are_counted_on_across_a_wait():
    engine, instance, _ = run(DOWN, HELD, DOWN, HELD, DOWN, DONE)
    assert instance.failure is not None
    assert "the circuit is open" in instance.failure
    assert len(engine.called("step")) == 5


def test_patience_ends_after_an_hour_and_then_the_usual_attempts_are_left():
    engine, instance, took = run(HELD)
    assert instance.failure is not None
    assert "no room in this minute" in instance.failure
    assert len(engine.called("step")) == HELD_BACK_PATIENCE_S / 40 + 3
    assert took == timedelta(seconds=HELD_BACK_PATIENCE_S + 2 * 40)


def test_an_open_circuit_counts_as_an_attempt_so_that_a_person_gets_the_ticket_soon():
    engine, instance, took = run(DOWN)
    assert instance.failure is not None
    assert len(engine.called("step")) == 3
    assert took == timedelta(seconds=80)
