"""The contract of counters, over SQLite."""

import asyncio
from pathlib import Path

from adapters.counters import SqliteCounters


async def test_events_are_counted_by_type_and_outcome(tmp_path: Path):
    counters = SqliteCounters(tmp_path / "archive.db")
    for key, kind, outcome in (("1", "resolved", "desk"), ("2", "resolved", "person"), ("3", "resolved", "desk")):
        assert await counters.count(key, kind, outcome)
    counts = [(count.type, count.outcome, count.count) for count in await counters.counts()]
    counters.close()
    assert counts == [("resolved", "desk", 2), ("resolved", "person", 1)]


async def test_an_event_that_two_processes_count_at_once_counts_once(tmp_path: Path):
    one, two = SqliteCounters(tmp_path / "archive.db"), SqliteCounters(tmp_path / "archive.db")
    told = await asyncio.gather(*(which.count("1", "resolved", "desk") for which in (one, two) * 10))
    (count,) = await one.counts()
    one.close()
    two.close()
    assert (sum(told), count.count) == (1, 1)
