"""The contract of counters, over SQLite and Cosmos DB."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.cosmos_account import Cosmos
from adapters.cosmos_counters import CosmosCounters
from adapters.counters import SqliteCounters
from shared.messaging import Counters


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[tuple[Counters, Counters]]:
    both = SqliteCounters(tmp_path / "archive.db"), SqliteCounters(tmp_path / "archive.db")
    yield both
    for counters in both:
        counters.close()


@pytest.fixture
def in_cosmos(cosmos: Cosmos) -> tuple[Counters, Counters]:
    return CosmosCounters(cosmos), CosmosCounters(cosmos)


@pytest.fixture(params=["in_file", "in_cosmos"])
def both(request: pytest.FixtureRequest) -> tuple[Counters, Counters]:
    """Two that share what they count, as two processes do."""
    return request.getfixturevalue(request.param)


async def test_events_are_counted_by_type_and_outcome(both: tuple[Counters, Counters]):
    counters, _ = both
    for key, kind, outcome in (("1", "resolved", "desk"), ("2", "resolved", "person"), ("3", "resolved", "desk")):
        assert await counters.count(key, kind, outcome)
    counts = [(count.type, count.outcome, count.count) for count in await counters.counts()]
    assert counts == [("resolved", "desk", 2), ("resolved", "person", 1)]


async def test_an_event_that_two_processes_count_at_once_counts_once(both: tuple[Counters, Counters]):
    told = await asyncio.gather(*(which.count("1", "resolved", "desk") for which in both * 10))
    (count,) = await both[0].counts()
    assert (sum(told), count.count) == (1, 1)
