"""The contract of published events, over SQLite and Cosmos DB."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.cosmos_account import Cosmos
from adapters.cosmos_events import CosmosEvents
from adapters.events import SqliteEvents
from shared.errors import Unavailable
from shared.events import Event
from shared.messaging import Events
from tests.contract.tickets import NOON


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[Events]:
    events = SqliteEvents(tmp_path / "data" / "events.db")
    yield events
    events.close()


@pytest.fixture
def in_cosmos(cosmos: Cosmos) -> Events:
    return CosmosEvents(cosmos)


@pytest.fixture(params=["in_file", "in_cosmos"])
def events(request: pytest.FixtureRequest) -> Events:
    return request.getfixturevalue(request.param)


def event(**changes: Any) -> Event:
    values: dict[str, Any] = {
        "id": "e-1",
        "source": "/desk",
        "type": "ticket.received",
        "subject": "t-1",
        "time": NOON,
    }
    return Event(**(values | changes))


async def test_an_event_comes_back_as_it_was_published(events: Events):
    published = event(data={"priority": "P1", "nested": {"n": 1}})
    await events.publish(published)
    assert await events.of_ticket("t-1") == (published,)


async def test_events_of_a_ticket_are_its_own_oldest_first(events: Events):
    await events.publish(event(id="late", time=NOON + timedelta(seconds=1)))
    await events.publish(event(id="early", time=NOON))
    await events.publish(event(id="foreign", subject="t-2"))
    await events.publish(event(id="early-too", time=NOON))
    assert [found.id for found in await events.of_ticket("t-1")] == ["early", "early-too", "late"]


async def test_the_same_id_twice_is_one_event_and_the_first_counts(events: Events):
    await events.publish(event(type="ticket.received"))
    await events.publish(event(type="ticket.resolved"))
    assert [found.type for found in await events.of_ticket("t-1")] == ["ticket.received"]


async def test_many_at_once_are_all_kept(events: Events):
    await asyncio.gather(*(events.publish(event(id=f"e-{number % 50}")) for number in range(100)))
    assert len(await events.of_ticket("t-1")) == 50


async def test_a_ticket_without_events_has_none(events: Events):
    assert await events.of_ticket("t-404") == ()


async def test_events_outlive_the_process_that_published_them(tmp_path: Path):
    first = SqliteEvents(tmp_path / "events.db")
    await first.publish(event())
    first.close()
    second = SqliteEvents(tmp_path / "events.db")
    assert len(await second.of_ticket("t-1")) == 1
    second.close()


async def test_a_file_that_is_no_database_is_unavailable_by_name(tmp_path: Path):
    (tmp_path / "events.db").write_text("not a database at all, though as long as the header of one would be" * 3)
    with pytest.raises(Unavailable) as failure:
        await SqliteEvents(tmp_path / "events.db").publish(event())
    assert failure.value.dependency == "events"


async def test_forgotten_events_are_gone_and_counted(events: Events):
    for number in range(3):
        await events.publish(event(id=f"e-{number}"))
    await events.publish(event(id="foreign", subject="t-2"))
    assert await events.forget("t-1") == 3
    assert await events.of_ticket("t-1") == ()
    assert len(await events.of_ticket("t-2")) == 1
