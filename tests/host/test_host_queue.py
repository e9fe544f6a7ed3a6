import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueClient

from tests.host.conftest import RunningHost, StartHost
from tests.services import azurite

PATIENCE_S = 30.0


def storage_of(host: RunningHost) -> str:
    return httpx.get(f"{host.url}/api/setting/AzureWebJobsStorage", timeout=30).text


def queue(host: RunningHost, name: str) -> QueueClient:
    return QueueClient.from_connection_string(storage_of(host), name)


def put(host: RunningHost, name: str, *texts: str) -> None:
    httpx.post(f"{host.url}/api/enqueue/{name}", json=list(texts), timeout=30).raise_for_status()


def wait_for_message(client: QueueClient, containing: str, patience_s: float = PATIENCE_S) -> str:
    """The first message whose decoded text contains the given one; it is removed."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if client_exists(client):
            for message in client.receive_messages(messages_per_page=32, visibility_timeout=1):
                text = base64.b64decode(message.content).decode()
                if containing in text:
                    client.delete_message(message)
                    return text
        time.sleep(0.1)
    raise AssertionError(f"no message with {containing!r} came")


def client_exists(client: QueueClient) -> bool:
    from azure.core.exceptions import ResourceNotFoundError

    try:
        client.get_queue_properties()
    except ResourceNotFoundError:
        return False
    return True


def wait_until_empty(client: QueueClient) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while client.get_queue_properties().approximate_message_count:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_message_runs_the_function_and_its_outputs_go_to_queue_and_blob(doors: RunningHost) -> None:
    put(doors, "orders", "tea")
    facts = json.loads(wait_for_message(queue(doors, "receipts"), '"tea"'))
    assert facts["attempt"] == 1
    assert facts["inserted"].startswith("20")
    blobs = BlobServiceClient.from_connection_string(storage_of(doors))
    assert blobs.get_blob_client("orders", f"{facts['id']}.txt").download_blob().readall() == b"tea"


def test_a_list_of_messages_is_put_one_by_one(doors: RunningHost) -> None:
    put(doors, "baskets", "one", "two")
    texts = [
        base64.b64decode(message.content).decode()
        for message in queue(doors, "baskets").receive_messages(max_messages=5)
    ]
    assert sorted(texts) == ["one", "two"]


def test_a_message_that_fails_as_often_as_allowed_goes_to_the_poison_queue(doors: RunningHost) -> None:
    before = doors.log.count("Executed 'Functions.take_order' (Failed")
    put(doors, "orders", "bad")
    assert wait_for_message(queue(doors, "orders-poison"), "bad") == "bad"
    assert doors.log.count("Executed 'Functions.take_order' (Failed") - before == 2
    wait_until_empty(queue(doors, "orders"))


def test_a_message_that_is_not_base64_goes_to_the_poison_queue(doors: RunningHost) -> None:
    queue(doors, "orders").send_message("%% not base64 %%")
    poison = queue(doors, "orders-poison")
    deadline = time.monotonic() + PATIENCE_S
    found: list[Any] = []
    while not found and time.monotonic() < deadline:
        if client_exists(poison):
            found = [m for m in poison.receive_messages(visibility_timeout=1) if "not base64" in m.content]
        time.sleep(0.1)
    assert found
    poison.delete_message(found[0])


def test_the_trace_of_a_cloud_event_is_that_of_the_function(doors: RunningHost) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    put(doors, "orders", json.dumps({"specversion": "1.0", "type": "order", "traceparent": parent}))
    assert json.loads(wait_for_message(queue(doors, "receipts"), parent))["trace"] == parent


def test_a_stopped_host_finishes_what_is_in_hand_and_keeps_what_waits(start_host: StartHost) -> None:
    host = start_host("doors")
    put(host, "parked", "keep me")
    put(host, "orders", "slow")
    host.wait_for_log("Executing 'Functions.take_order'")
    assert host.stop() == 0
    assert "Executed 'Functions.take_order' (Succeeded" in host.log
    again = start_host("doors")
    assert json.loads(wait_for_message(queue(again, "receipts"), '"slow"'))["attempt"] == 1
    assert wait_for_message(queue(again, "parked"), "keep me") == "keep me"


def test_a_host_stops_soon_also_when_its_storage_is_gone(start_host: StartHost, tmp_path: Path) -> None:
    with azurite(tmp_path / "azurite") as storage:
        host = start_host("doors", AzureWebJobsStorage=storage)
        put(host, "orders", "slow")
        host.wait_for_log("Executing 'Functions.take_order'")
    host.wait_for_log("Executed 'Functions.take_order'")
    assert host.stop() == 0
