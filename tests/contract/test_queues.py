"""The contract of queues, against Azurite."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest
from azure.storage.queue import QueueClient

from adapters.queues import StorageQueues
from shared.errors import Permanent, Unavailable
from shared.readings import Backlog


@pytest.fixture
async def queues(storage: str) -> AsyncIterator[StorageQueues]:
    queues = StorageQueues(storage)
    yield queues
    await queues.close()


@pytest.fixture
def name() -> str:
    return f"work-{uuid4().hex}"


@pytest.fixture
def client(storage: str) -> Callable[[str], QueueClient]:
    """What is really in a queue, as others see it."""
    return lambda name: QueueClient.from_connection_string(storage, name)


async def test_a_message_arrives_in_base64_in_a_queue_that_did_not_exist(
    queues: StorageQueues, name: str, client: Callable[[str], QueueClient]
):
    body = json.dumps({"text": "ça marche"}, ensure_ascii=False).encode()
    await queues.send(name, body)
    (message,) = client(name).receive_messages()
    assert base64.b64decode(message.content) == body


async def test_a_message_never_expires(queues: StorageQueues, name: str, client: Callable[[str], QueueClient]):
    await queues.send(name, b"{}")
    (message,) = client(name).receive_messages()
    assert message.expires_on is not None
    assert message.expires_on.year == 9999


async def test_poison_is_read_as_it_came_and_is_gone_once_removed(
    queues: StorageQueues, name: str, client: Callable[[str], QueueClient]
):
    poison = client(f"{name}-poison")
    poison.create_queue()
    contents = [base64.b64encode(b"{oh").decode(), "not base64!", base64.b64encode(b"\xff\x00").decode()]
    for content in contents:
        poison.send_message(content)
    found = await queues.take_poisoned(name)
    assert [message.body for message in found] == [b"{oh", b"not base64!", b"\xff\x00"]
    assert await queues.take_poisoned(name) == ()
    for message in found:
        await queues.remove_poisoned(message)
    assert poison.get_queue_properties().approximate_message_count == 0
    await queues.remove_poisoned(found[0])


async def test_a_queue_that_never_poisoned_anything_has_no_poison(queues: StorageQueues, name: str):
    assert await queues.take_poisoned(name) == ()


async def test_a_backlog_counts_what_lies_there_and_knows_the_oldest(queues: StorageQueues, name: str):
    assert await queues.backlog(name) == Backlog(count=0)
    await queues.send(name, b"1")
    first = await queues.backlog(name)
    await queues.send(name, b"2")
    second = await queues.backlog(name)
    assert (first.count, second.count) == (1, 2)
    assert first.oldest_at is not None
    assert second.oldest_at == first.oldest_at


async def test_storage_that_is_down_is_unavailable_by_name():
    nowhere = "http://127.0.0.1:9/devstoreaccount1"
    key = base64.b64encode(b"0" * 64).decode()
    queues = StorageQueues(f"AccountName=devstoreaccount1;AccountKey={key};QueueEndpoint={nowhere};")
    with pytest.raises(Unavailable) as failure:
        await queues.send("work", b"{}")
    await queues.close()
    assert failure.value.dependency == "storage"


async def test_a_connection_that_is_none_is_refused():
    with pytest.raises(Permanent):
        await StorageQueues("nonsense").send("work", b"{}")
