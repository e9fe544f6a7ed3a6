"""The queues `tickets` and `ticket-batches`: the same work by another door, and poison for what cannot be read."""

import json
from contextlib import suppress
from uuid import uuid4

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueClient

from tests.stack.desk import Desk, Json, sample, until

ATTEMPTS = 3


def of_external_id(desk: Desk, external_id: str) -> list[Json]:
    return [item for item in desk.find(limit=200)["items"] if item["external_id"] == external_id]


def settled(desk: Desk, external_id: str) -> Json:
    """The ticket of that external id, once it is resolved."""
    (found,) = until(
        lambda: of_external_id(desk, external_id),
        lambda items: [item["status"] for item in items] == ["resolved"],
    )
    return found


def until_poison(desk: Desk, name: str, body: str) -> None:
    """Wait until the message lies in the poison queue."""
    with desk.queue(f"{name}-poison") as queue:
        until(lambda: _contents(queue), lambda contents: body in contents)


def _contents(queue: QueueClient) -> list[str]:
    try:
        return [message.content for message in queue.peek_messages(32)]
    except ResourceNotFoundError:
        return []


def put(desk: Desk, name: str, body: str, times: int = 1) -> None:
    with desk.queue(name) as queue:
        with suppress(ResourceExistsError):
            queue.create_queue()
        for _ in range(times):
            queue.send_message(body)


def test_a_queued_ticket_is_worked_on(desk: Desk) -> None:
    body = sample(external_id=uuid4().hex)
    put(desk, "tickets", json.dumps(body))
    ticket = settled(desk, body["external_id"])
    assert (ticket["channel"], ticket["subject"]) == ("queue", body["subject"])


def test_a_ticket_delivered_twice_is_one_ticket(desk: Desk) -> None:
    body = sample(external_id=uuid4().hex)
    put(desk, "tickets", json.dumps(body), times=3)
    ticket = settled(desk, body["external_id"])
    assert len(desk.instances(f"ticket-{ticket['id']}")) == 1


def test_a_ticket_without_external_id_is_known_by_its_message(desk: Desk) -> None:
    subject = f"VPN drops {uuid4().hex}"
    put(desk, "tickets", json.dumps(sample(subject=subject)))
    (ticket,) = until(lambda: [item for item in desk.find(limit=200)["items"] if item["subject"] == subject], bool)
    assert ticket["external_id"] is None


def test_an_external_id_that_is_taken_by_another_ticket_is_poison(desk: Desk) -> None:
    body = sample(external_id=uuid4().hex)
    put(desk, "tickets", json.dumps(body))
    before = settled(desk, body["external_id"])
    other = json.dumps(body | {"subject": "Another matter"})
    put(desk, "tickets", other)
    until_poison(desk, "tickets", other)
    assert [item["subject"] for item in of_external_id(desk, body["external_id"])] == [before["subject"]]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("tickets", "{not json"),
        ("tickets", '{"subject": ""}'),
        ("ticket-batches", "[]"),
        ("ticket-batches", '{"batch_id": "b", "tickets": []}'),
        ("ticket-batches", '{"batch_id": "../b", "tickets": [{}]}'),
        ("ticket-batches", '{"batch_id": "lost", "blob": "batches/lost/nothing.json"}'),
    ],
)
def test_a_message_that_cannot_be_read_ends_as_poison_after_three_attempts(desk: Desk, name: str, body: str) -> None:
    before = _failed_attempts(desk, name)
    put(desk, name, body)
    until_poison(desk, name, body)
    assert _failed_attempts(desk, name) - before == ATTEMPTS


def _failed_attempts(desk: Desk, name: str) -> int:
    function = {"tickets": "take_queued_ticket", "ticket-batches": "take_queued_batch"}[name]
    return desk.stack.log.read_text().count(f"Executed 'Functions.{function}' (Failed")


def test_a_queued_batch_of_tickets_is_worked_on(desk: Desk) -> None:
    batch_id = uuid4().hex
    tickets = [sample(external_id=uuid4().hex), sample("Not a ticket", external_id=uuid4().hex), sample(subject="")]
    put(desk, "ticket-batches", json.dumps({"batch_id": batch_id, "tickets": tickets}))
    until(lambda: desk.api.get(f"/batches/{batch_id}").status_code, lambda status: status == 200)
    view = desk.batch_over(batch_id)
    assert view["status"] == "completed_with_failures"
    assert (view["total"], view["resolved"], view["failed"]) == (3, 2, 1)


def test_a_queued_batch_may_lie_in_a_blob(desk: Desk) -> None:
    batch_id, path = uuid4().hex, f"incoming/{uuid4().hex}.jsonl"
    lines = "\n".join(json.dumps(sample(external_id=uuid4().hex)) for _ in range(3))
    with BlobServiceClient.from_connection_string(desk.stack.storage) as blobs:
        with suppress(ResourceExistsError):
            blobs.create_container("desk")
        blobs.get_blob_client("desk", path).upload_blob(lines)
    put(desk, "ticket-batches", json.dumps({"batch_id": batch_id, "blob": path}))
    until(lambda: desk.api.get(f"/batches/{batch_id}").status_code, lambda status: status == 200)
    view = desk.batch_over(batch_id)
    assert (view["status"], view["total"], view["resolved"]) == ("completed", 3, 3)


def test_a_batch_delivered_twice_starts_nothing_twice(desk: Desk) -> None:
    batch_id = uuid4().hex
    tickets = [sample(subject=f"VPN drops {batch_id}") for _ in range(4)]
    message = json.dumps({"batch_id": batch_id, "tickets": tickets})
    put(desk, "ticket-batches", message, times=2)
    until(lambda: desk.api.get(f"/batches/{batch_id}").status_code, lambda status: status == 200)
    desk.batch_over(batch_id)
    put(desk, "ticket-batches", message)
    marker = sample(external_id=uuid4().hex)
    put(desk, "ticket-batches", json.dumps({"tickets": [marker]}))
    settled(desk, marker["external_id"])
    found = [item["id"] for item in desk.find(limit=200)["items"] if item["batch_id"] == batch_id]
    assert len(found) == len(tickets)
    assert desk.batch(batch_id)["total"] == len(tickets)
