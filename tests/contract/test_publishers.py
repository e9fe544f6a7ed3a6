"""The contract of publishers: fan-out into real queues, and the wire of an Event Grid topic."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from azure.storage.queue import QueueClient

import adapters.events
from adapters.cosmos_account import Cosmos
from adapters.cosmos_events import CosmosEvents
from adapters.events import OutboxEvents, SqliteEvents
from adapters.publishers import EventGridTopic, QueueFanOut
from adapters.queues import StorageQueues
from shared.correlation import following
from shared.errors import Permanent, Transient, Unavailable
from shared.events import Event
from shared.messaging import Publisher
from shared.readings import Backlog
from shared.topology import Subscriber
from tests.contract.tickets import NOON

type Outbox = Callable[[Publisher], OutboxEvents]

TRACE = "00-11111111111111111111111111111111-2222222222222222-01"


def event(**changes: Any) -> Event:
    values: dict[str, Any] = {
        "id": "e-1", "source": "/helpdesk/tickets", "type": "helpdesk.ticket.resolved", "subject": "t-1", "time": NOON,
        "data": {"route": None, "version": 2}, "traceparent": TRACE, "correlationid": "door-1",
    }  # fmt: skip
    return Event.model_validate(values | changes)


def subscribers() -> tuple[Subscriber, Subscriber, Subscriber]:
    """Names of their own, since all tests share one storage."""
    each = uuid4().hex[:12]
    return (
        Subscriber(name=f"all-{each}", types=("helpdesk.",)),
        Subscriber(name=f"late-{each}", types=("helpdesk.ticket.resolved",), expires_after=timedelta(hours=1)),
        Subscriber(name=f"other-{each}", types=("helpdesk.ticket.closed",)),
    )


@pytest.fixture
async def queues(storage: str) -> AsyncIterator[StorageQueues]:
    queues = StorageQueues(storage)
    yield queues
    await queues.close()


def heard(storage: str, subscriber: Subscriber) -> list[dict[str, Any]]:
    with QueueClient.from_connection_string(storage, subscriber.queue) as client:
        found = [json.loads(base64.b64decode(message.content)) for message in client.receive_messages()]
    return found


async def test_each_subscriber_to_the_type_gets_a_message_of_its_own(queues: StorageQueues, storage: str):
    everything, resolved, closed = subscribers()
    for subscriber in (everything, resolved, closed):
        await queues.send(subscriber.queue, b"{}")
        heard(storage, subscriber)
    await QueueFanOut(queues, (everything, resolved, closed)).publish((event(), event(id="e-2", type="helpdesk.x")))
    assert sorted(item["id"] for item in heard(storage, everything)) == ["e-1", "e-2"], "order is not assumed"
    assert [item["id"] for item in heard(storage, resolved)] == ["e-1"]
    assert heard(storage, closed) == []


async def test_a_message_is_a_structured_cloud_event_that_expires_where_due(queues: StorageQueues, storage: str):
    everything, resolved, _ = subscribers()
    await QueueFanOut(queues, (everything, resolved)).publish((event(),))
    plain = {
        "specversion": "1.0", "id": "e-1", "source": "/helpdesk/tickets", "type": "helpdesk.ticket.resolved",
        "subject": "t-1", "time": "2026-03-02T12:00:00Z", "datacontenttype": "application/json",
        "data": {"route": None, "version": 2}, "traceparent": TRACE, "correlationid": "door-1",
    }  # fmt: skip
    assert heard(storage, everything) == [plain]
    assert heard(storage, resolved) == [plain | {"expirytime": "2026-03-02T13:00:00Z"}]


class OneQueueDown(StorageQueues):
    """Real queues, one of which cannot be reached until it is back."""

    down: str | None = None

    async def send(self, queue: str, body: bytes) -> None:
        if queue == self.down:
            raise Unavailable("storage", "the wire was cut")
        await super().send(queue, body)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.db"


@pytest.fixture
def in_file(path: Path) -> Iterator[Outbox]:
    made: list[SqliteEvents] = []

    def opened(publisher: Publisher) -> SqliteEvents:
        made.append(SqliteEvents(path, publisher))
        return made[-1]

    yield opened
    for events in made:
        events.close()


@pytest.fixture
def in_cosmos(cosmos: Cosmos) -> Outbox:
    return partial(CosmosEvents, cosmos)


@pytest.fixture(params=["in_file", "in_cosmos"])
def outbox(request: pytest.FixtureRequest) -> Outbox:
    return request.getfixturevalue(request.param)


async def test_a_queue_that_is_down_holds_nobody_up_and_gets_its_event_later(
    storage: str, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
):
    everything, resolved, _ = subscribers()
    queues = OneQueueDown(storage)
    queues.down = everything.queue
    events = outbox(QueueFanOut(queues, (everything, resolved)))
    with following("door-2", TRACE):
        await events.publish(event(correlationid=None, traceparent=None))
    assert [item["correlationid"] for item in heard(storage, resolved)] == ["door-2"]
    waiting = await events.backlog()
    assert waiting.count == 1
    assert waiting.oldest_at is not None
    assert await events.publish_pending() == 0, "what is young is being published by whoever kept it"

    monkeypatch.setattr(adapters.events, "OVERDUE_AFTER", timedelta(0))
    with pytest.raises(Unavailable):
        await events.publish_pending()
    queues.down = None
    assert await events.publish_pending() == 1
    assert [(item["id"], item["correlationid"], item["traceparent"]) for item in heard(storage, everything)] == [
        ("e-1", "door-2", TRACE)
    ]
    assert await events.publish_pending() == 0
    assert await events.backlog() == Backlog(count=0)
    await queues.close()


async def test_what_waits_in_the_outbox_goes_when_its_ticket_is_forgotten(
    storage: str, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(adapters.events, "OVERDUE_AFTER", timedelta(0))
    queues = OneQueueDown(storage)
    everything, resolved, _ = subscribers()
    queues.down = everything.queue
    events = outbox(QueueFanOut(queues, (everything, resolved)))
    await events.publish(event())
    assert await events.forget("t-1") == 1
    assert await events.backlog() == Backlog(count=0)
    assert await events.publish_pending() == 0
    await queues.close()


class Hanging:
    """A publisher that answers nobody."""

    def __init__(self):
        self.asked = 0

    async def publish(self, events: Sequence[Event]) -> None:
        self.asked += 1
        await asyncio.Event().wait()


async def test_a_publisher_that_hangs_costs_one_wait_and_not_one_an_event(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(adapters.events, "PATIENCE_S", 0.2)
    hanging = Hanging()
    events = SqliteEvents(path, hanging)
    async with asyncio.timeout(5):
        for number in range(50):
            await events.publish(event(id=f"e-{number}"))
    assert hanging.asked == 1
    assert len(await events.of_ticket("t-1")) == 50
    events.close()


async def test_an_event_published_twice_reaches_subscribers_once(queues: StorageQueues, storage: str, path: Path):
    everything, _, _ = subscribers()
    events = SqliteEvents(path, QueueFanOut(queues, (everything,)))
    await events.publish(event())
    await events.publish(event())
    events.close()
    assert len(heard(storage, everything)) == 1


@dataclass
class Topic:
    """A local server of the topic's wire; answers as told."""

    url: str = ""
    status: int = 200
    requests: list[tuple[dict[str, str], dict[str, str], Any]] = field(default_factory=list[Any])


@asynccontextmanager
async def serving() -> AsyncGenerator[Topic]:
    topic = Topic()

    async def take(request: web.Request) -> web.Response:
        topic.requests.append((dict(request.headers), dict(request.query), json.loads(await request.read())))
        return web.Response(status=topic.status)

    app = web.Application()
    app.router.add_post("/api/events", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    topic.url = f"http://{host}:{port}/api/events"
    try:
        yield topic
    finally:
        await runner.cleanup()


async def token() -> str:
    return "an-entra-token"


async def test_a_topic_gets_one_batch_of_cloud_events_with_the_apps_own_token():
    async with serving() as topic:
        publisher = EventGridTopic(topic.url, token)
        await publisher.publish((event(), event(id="e-2")))
        await publisher.close()
    ((headers, query, body),) = topic.requests
    assert headers["Content-Type"].startswith("application/cloudevents-batch+json")
    assert headers["Authorization"] == "Bearer an-entra-token"
    assert query == {"api-version": "2018-01-01"}
    assert [item["id"] for item in body] == ["e-1", "e-2"]
    assert body[0] == event().structured()
    assert all(name.isalnum() and name == name.lower() for name in body[0])


@pytest.mark.parametrize(("status", "error"), [(503, Transient), (429, Transient), (401, Permanent), (413, Permanent)])
async def test_a_topic_that_does_not_take_it_says_whether_to_try_again(status: int, error: type[Exception]):
    async with serving() as topic:
        topic.status = status
        publisher = EventGridTopic(topic.url, token)
        with pytest.raises(error):
            await publisher.publish((event(),))
        await publisher.close()


async def test_a_topic_that_is_down_is_unavailable():
    publisher = EventGridTopic("http://127.0.0.1:9/api/events", token)
    with pytest.raises(Unavailable):
        await publisher.publish((event(),))
    await publisher.close()
