"""A batch: every line is accounted for, whatever becomes of its ticket and however the news arrive."""

from datetime import timedelta
from typing import Any

from shared import names
from shared.batches import BatchState
from tests.desk import desk, policy
from tests.engine import Engine

INSTANCE = names.batch_instance("b1")


def state(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "batch_id": "b1", "tenant": "default", "blob": "batches/b1/input", "concurrency": 8, "watchdog_s": 30,
        "policy": policy(),
    }  # fmt: skip
    return BatchState.model_validate(plain | changes).model_dump(mode="json")


def batch(total: int, settles_after_s: float = 1.0, settlement: str = "resolved") -> tuple[Engine, list[int]]:
    """An engine whose tickets settle by themselves; the list holds how many were in flight at each start."""
    engine = desk()
    in_flight: set[str] = set()
    levels: list[int] = []

    def settle(ticket: str) -> None:
        in_flight.discard(ticket)
        settled = {"ticket_id": ticket, "settlement": settlement}
        engine.raise_event(INSTANCE, names.SETTLED_EVENT, settled)

    def start_tickets(given: Any) -> Any:
        started = {f"t{index}": 1 for index in range(given["first"], given["first"] + given["count"])}
        for ticket in started:
            in_flight.add(ticket)
            engine.at(timedelta(seconds=settles_after_s), lambda t=ticket: settle(t))
        levels.append(len(in_flight))
        return {"started": started}

    engine.activities |= {
        names.OPEN_BATCH: lambda _: {"total": total},
        names.START_TICKETS: start_tickets,
        names.POLL_TICKETS: lambda _: {"settled": []},
    }
    engine.start(names.PROCESS_BATCH, INSTANCE, state())
    return engine, levels


def outcome(engine: Engine) -> dict[str, Any]:
    found = engine.instances[INSTANCE]
    assert found.failure is None, found.failure
    assert found.ended, found.custom_status
    return found.output


def counts(view: dict[str, Any]) -> tuple[int, ...]:
    return tuple(view[name] for name in ("total", "resolved", "escalated", "failed", "in_flight"))


def test_all_tickets_are_resolved_within_the_window():
    engine, levels = batch(100)
    engine.run()
    view = outcome(engine)
    assert counts(view) == (100, 100, 0, 0, 0)
    assert view["status"] == "completed"
    assert max(levels) <= 8


def test_a_thousand_tickets_keep_the_history_short():
    engine, _ = batch(1000)
    engine.run()
    assert counts(outcome(engine)) == (1000, 1000, 0, 0, 0)
    assert engine.instances[INSTANCE].generations > 10
    assert engine.instances[INSTANCE].longest_history < 600


def test_events_that_arrive_while_the_batch_continues_as_new_are_counted_once_each():
    engine, _ = batch(300, settles_after_s=0)
    engine.run()
    assert counts(outcome(engine)) == (300, 300, 0, 0, 0)


def test_a_ticket_that_waits_for_a_person_frees_its_slot():
    engine, _ = batch(20, settlement="escalated")
    engine.run()
    assert counts(outcome(engine)) == (20, 0, 20, 0, 0)


def test_a_ticket_that_tells_twice_counts_once():
    engine, _ = batch(3)
    for _ in range(2):
        engine.at(
            timedelta(seconds=0.5),
            lambda: engine.raise_event(INSTANCE, names.SETTLED_EVENT, {"ticket_id": "t0", "settlement": "resolved"}),
        )
    engine.run()
    assert counts(outcome(engine)) == (3, 3, 0, 0, 0)


def test_bad_lines_fail_alone():
    engine, _ = batch(5)
    engine.activities[names.START_TICKETS] = lambda given: {
        "settled": [{"ticket_id": "t0", "settlement": "resolved"}],
        "failed": given["count"] - 1,
    }
    engine.run()
    view = outcome(engine)
    assert counts(view) == (5, 1, 0, 4, 0)
    assert view["status"] == "completed_with_failures"


def test_the_watchdog_finds_tickets_that_never_told():
    engine, _ = batch(4)
    started = {"started": {f"t{index}": 1 for index in range(4)}}
    broken = [{"ticket_id": f"t{index}", "settlement": "failed", "reason": "broke"} for index in range(4)]
    engine.activities[names.START_TICKETS] = lambda _: started
    engine.activities[names.POLL_TICKETS] = lambda _: {"settled": broken}
    engine.run()
    assert counts(outcome(engine)) == (4, 0, 0, 4, 0)


def test_two_lines_of_the_same_ticket_are_both_accounted_for():
    engine, _ = batch(2)
    engine.activities[names.START_TICKETS] = lambda _: {"started": {"t0": 2}}
    engine.at(
        timedelta(seconds=1),
        lambda: engine.raise_event(INSTANCE, names.SETTLED_EVENT, {"ticket_id": "t0", "settlement": "resolved"}),
    )
    engine.run()
    assert counts(outcome(engine)) == (2, 2, 0, 0, 0)


def test_an_empty_batch_is_complete():
    engine, _ = batch(0)
    engine.run()
    assert counts(outcome(engine)) == (0, 0, 0, 0, 0)


def test_at_every_moment_the_total_is_the_sum_of_the_others():
    engine, _ = batch(40)
    seen: list[Any] = []
    for second in range(1, 12):
        engine.at(timedelta(seconds=second - 0.5), lambda: seen.append(engine.instances[INSTANCE].custom_status))
    engine.run()
    assert seen
    for view in seen:
        total, *rest = counts(view)
        assert total == sum(rest)


def test_an_outage_of_storage_is_waited_out():
    engine, _ = batch(4)
    works = engine.activities[names.START_TICKETS]
    outages = iter([ConnectionError("storage is down")] * 9)

    def start_tickets(given: Any) -> Any:
        if (error := next(outages, None)) is not None:
            raise error
        return works(given)

    engine.activities[names.START_TICKETS] = start_tickets
    engine.run()
    assert counts(outcome(engine)) == (4, 4, 0, 0, 0)
