"""kill -9 of everything, again and again, in the middle of a hundred tickets: none lost, none twice."""

import re
import sqlite3
from collections import Counter
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from samples.stack import Stack, start
from tests.stack.desk import HAS_ANSWER, Desk, Json, calling, sample, until
from tests.stack.handing_in import ended_count, handing_in

COUNT = 100
KILLS_AFTER = (10, 35, 60)
"""Tickets ended when the power goes."""
SETTINGS = {
    "RETRY_FIRST_DELAY_S": "0.2",
    "AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions": "2",
}
NAMES = ("Easy", "Account lockout", "French", "Not a ticket")
STARTED = re.compile(r"Executing 'Functions\.(\w+)' \(Reason='activity of instance (ticket-\w+-1)'")
LOOKED_AT = 4

type Results = dict[str, list[Json]]
"""Results of activities in the order they were committed, by instance."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The power goes: when, how long the log was, and some results that had been seen."""

    at: datetime
    log_bytes: int
    seen: Results


def test_a_hundred_tickets_survive_three_power_cuts(tmp_path: Path) -> None:
    bodies = {f"bad-day-{number}": sample(NAMES[number % len(NAMES)]) for number in range(COUNT)}
    ids: dict[str, str] = {}
    cuts: list[Cut] = []
    for ended in KILLS_AFTER:
        stack = start(tmp_path, SETTINGS)
        with _ended_with_the_test(stack), calling(stack) as desk, handing_in(stack, bodies, ids):
            cuts.append(_cut(desk, tmp_path, ended))
    stack = start(tmp_path, SETTINGS)
    try:
        with calling(stack) as desk:
            with handing_in(stack, bodies, ids):
                until(lambda: ended_count(tmp_path), lambda count: count >= COUNT)
            assert len(set(ids.values())) == COUNT
            _assert_all_have_their_outcome(desk, ids)
            final = _results(desk, [f"ticket-{ticket_id}-1" for ticket_id in ids.values()])
    finally:
        assert stack.stop() == 0
    _assert_nothing_committed_ran_again(stack.log.read_bytes(), cuts, final)
    _assert_effects_once(tmp_path, ids)


def _cut(desk: Desk, folder: Path, ended: int) -> Cut:
    """Wait until so many tickets have ended, and kill everything while others are in work."""
    until(lambda: ended_count(folder), lambda count: count >= ended)
    some = [*_some(desk, "Running"), *_some(desk, "Completed")]
    seen = _results(desk, [instance["instanceId"] for instance in some])
    assert ended_count(folder) < COUNT, "the power must go while there is work"
    at = datetime.now(UTC)
    desk.stack.kill()
    return Cut(at, desk.stack.log.stat().st_size, seen)


def _some(desk: Desk, status: str) -> list[Json]:
    return desk.instances("ticket-", runtimeStatus=status, showInput="false", top=LOOKED_AT)


@contextmanager
def _ended_with_the_test(stack: Stack) -> Generator[None]:
    try:
        yield
    finally:
        if stack.process.poll() is None:
            stack.kill()


def _results(desk: Desk, instance_ids: list[str]) -> Results:
    return {
        instance_id: [event for event in desk.history(instance_id) if event["EventType"] == "TaskCompleted"]
        for instance_id in instance_ids
    }


def _assert_nothing_committed_ran_again(log: bytes, cuts: list[Cut], final: Results) -> None:
    """What was seen before a cut stands; after it an activity starts once at most, and none that had its result."""
    in_the_end = _counted(final)
    ends = [cut.log_bytes for cut in cuts[1:]] + [len(log)]
    for cut, end in zip(cuts, ends, strict=True):
        for instance_id, results in cut.seen.items():
            assert final[instance_id][: len(results)] == results
        committed = {
            instance_id: [result for result in results if datetime.fromisoformat(result["Timestamp"]) < cut.at]
            for instance_id, results in final.items()
        }
        started = Counter(STARTED.findall(log[cut.log_bytes : end].decode(errors="replace")))
        assert started
        assert started <= in_the_end - _counted(committed)


def _counted(results: Results) -> Counter[tuple[str, str]]:
    return Counter((result["FunctionName"], instance_id) for instance_id, found in results.items() for result in found)


def _assert_all_have_their_outcome(desk: Desk, ids: dict[str, str]) -> None:
    instances = until(
        lambda: desk.instances("ticket-", showInput="false"),
        lambda found: {instance["runtimeStatus"] for instance in found} == {"Completed"},
    )
    assert sorted(instance["instanceId"] for instance in instances) == sorted(f"ticket-{it}-1" for it in ids.values())
    for key, ticket_id in ids.items():
        ticket = desk.ticket(ticket_id)
        assert ticket["status"] in HAS_ANSWER, key
        names = [step["name"] for step in ticket["steps"]]
        executed = desk.activities(f"ticket-{ticket_id}-1")
        assert [name for name in executed if name != "record"] == names, key
        assert names.count("reply") <= 1
        assert names.count("apply") <= 1
        events = desk.api.get(f"/tickets/{ticket_id}/events").json()["items"]
        assert [event["data"]["status"] for event in events] == ["in_progress", ticket["status"]], key
    assert sorted(item["id"] for item in desk.all_tickets()) == sorted(ids.values())


def _assert_effects_once(folder: Path, ids: dict[str, str]) -> None:
    """The directory holds one effect for each ticket that had one to make."""
    with closing(sqlite3.connect(folder / "directory.db")) as directory:
        keys = [row[0] for row in directory.execute("SELECT key FROM effects")]
    tickets = Counter(key.split("-")[1] for key in keys)
    assert tickets
    assert set(tickets) <= set(ids.values())
    assert set(tickets.values()) == {1}
