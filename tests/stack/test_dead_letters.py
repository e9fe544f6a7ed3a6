"""What used up its tries is found on one list, and a person replays or drops it."""

import base64
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from uuid import uuid4

import httpx
import pytest
from azure.storage.queue import QueueClient

from samples.stack import REPOSITORY
from tests.desk import episode
from tests.stack.desk import Desk, Json, problem, running, sample, until

CLICKS = 8


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that gives a message up within seconds."""
    settings = {
        "MESSAGE_BURST_S": "0.2", "RETRY_FIRST_DELAY_S": "0.2",
        "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:00",
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("letters"), settings) as desk:
        yield desk


def listed(desk: Desk, **query: Any) -> Json:
    answer = desk.api.get("/dead-letters", params={"limit": 200} | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(desk: Desk, sign: str) -> Json:
    """The letter whose preview shows the sign, once it is on the list."""
    letters = until(lambda: [item for item in listed(desk)["items"] if sign in item["preview"]], bool)
    assert len(letters) == 1
    return letters[0]


def replay(desk: Desk, letter_id: str, body: Any = None) -> httpx.Response:
    return desk.api.post(f"/dead-letters/{letter_id}/replay", json=body)


def replay_by_many(desk: Desk, letter_id: str, body: Any) -> list[int]:
    """The status codes of as many people who click at the same moment, in order of size."""
    with ThreadPoolExecutor(CLICKS) as people:
        clicks = [people.submit(replay, desk, letter_id, body) for _ in range(CLICKS)]
    return sorted(click.result().status_code for click in clicks)


def tickets_of(desk: Desk, sign: str) -> list[Json]:
    return [item for item in desk.find(limit=200)["items"] if item["subject"] == sign]


def poison(desk: Desk, **changes: Any) -> str:
    """Put a ticket that nobody can read on the queue; returns the sign it is known by."""
    sign = f"sign {uuid4().hex}"
    desk.queue("tickets").send_message(json.dumps(sample(subject=sign) | {"urgency": "high"} | changes))
    return sign


def poisoned(desk: Desk, **changes: Any) -> tuple[str, Json]:
    """Such a ticket's sign, and its letter."""
    sign = poison(desk, **changes)
    return sign, found(desk, sign)


def test_a_poisoned_message_is_listed_with_why_and_shown_as_it_came(desk: Desk) -> None:
    sign, letter = poisoned(desk, description="Write to ada@example.com.")
    assert letter.keys() == {"id", "source", "name", "reason", "attempts", "at", "preview"}
    assert (letter["source"], letter["name"], letter["attempts"]) == ("queue", "tickets", 3)
    assert "urgency" in letter["reason"]
    assert "ada@example.com" not in letter["preview"]
    shown = desk.api.get(f"/dead-letters/{letter['id']}").json()
    assert json.loads(shown["body"])["description"] == "Write to ada@example.com."
    assert json.loads(shown["body"])["subject"] == sign
    assert desk.queue("tickets-poison").get_queue_properties().approximate_message_count == 0


def test_edited_and_replayed_by_many_at_once_it_succeeds_once(desk: Desk) -> None:
    sign, letter = poisoned(desk)
    assert replay_by_many(desk, letter["id"], {"body": sample(subject=sign)}) == [202] + [409] * (CLICKS - 1)
    (ticket,) = until(lambda: tickets_of(desk, sign), bool)
    desk.until_status(ticket["id"], "resolved")
    assert len(tickets_of(desk, sign)) == 1
    assert letter["id"] not in {item["id"] for item in listed(desk)["items"]}
    problem(desk.api.get(f"/dead-letters/{letter['id']}"), 404)
    problem(replay(desk, letter["id"]), 409)


DIES_BEFORE_SETTLING = """
import asyncio, os, signal, sys
from types import SimpleNamespace
from activities.dead_letters import replay
from adapters.artifacts import BlobArtifacts
from adapters.dead_letters import SqliteDeadLetters
from adapters.queues import StorageQueues

async def main(archive, storage, letter_id, body):
    letters = SqliteDeadLetters(archive, BlobArtifacts(storage))
    letter = await letters.claim(letter_id)
    await replay(letter, body, SimpleNamespace(queues=StorageQueues(storage)))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("queue", ["tickets", "tasks"])
def test_a_replay_that_died_between_sending_and_noting_it_is_repeated_without_a_second_effect(
    desk: Desk, queue: str
) -> None:
    sign = f"sign {uuid4().hex}"
    bad: Json = sample(subject=sign) | {"urgency": "high"} if queue == "tickets" else {"type": "poem", "input": sign}
    good: Json = sample(subject=sign) if queue == "tickets" else {"type": "research", "input": {"query": sign}}
    desk.queue(queue).send_message(json.dumps(bad))
    letter = found(desk, sign)
    archive = desk.stack.data_dir / "archive.db"
    command = [sys.executable, "-c", DIES_BEFORE_SETTLING, archive, desk.stack.storage, letter["id"], json.dumps(good)]
    assert subprocess.run(command, cwd=REPOSITORY, check=False).returncode == -signal.SIGKILL
    problem(replay(desk, letter["id"], {"body": good}), 409)
    with closing(sqlite3.connect(archive, timeout=5)) as kept, kept:  # a minute later
        kept.execute("UPDATE dead_letters SET claimed_at = '2020-01-01' WHERE id = ?", (letter["id"],))
    assert replay(desk, letter["id"], {"body": good}).status_code == 202
    until(lambda: desk.queue(queue).get_queue_properties().approximate_message_count, lambda count: count == 0)
    begun = [found for found in desk.instances("") if sign in json.dumps(found.get("input"))]
    assert len(begun) == 1
    assert not [item for item in listed(desk)["items"] if sign in item["preview"]]


def test_the_request_itself_may_be_the_edited_body(desk: Desk) -> None:
    sign, letter = poisoned(desk)
    assert replay(desk, letter["id"], sample(subject=sign)).status_code == 202
    until(lambda: tickets_of(desk, sign), bool)


def test_replayed_as_it_was_it_fails_again_as_a_letter_of_its_own(desk: Desk) -> None:
    sign, letter = poisoned(desk)
    answer = desk.api.post(f"/dead-letters/{letter['id']}/replay")
    assert answer.status_code == 202, answer.text
    again = found(desk, sign)
    assert again["id"] != letter["id"]


def test_a_replayed_ticket_that_was_taken_before_is_the_same_ticket(desk: Desk) -> None:
    key = uuid4().hex
    sign, letter = poisoned(desk, external_id=key)
    ticket_id = desk.open(sample(subject=sign, external_id=key))
    assert replay(desk, letter["id"], {"body": sample(subject=sign, external_id=key)}).status_code == 202
    desk.until_status(ticket_id, "resolved")
    until(lambda: desk.queue("tickets").get_queue_properties().approximate_message_count, lambda count: count == 0)
    assert [ticket["id"] for ticket in tickets_of(desk, sign)] == [ticket_id]


def test_a_message_in_the_wrong_encoding_is_found_too(desk: Desk) -> None:
    sign = uuid4().hex
    with QueueClient.from_connection_string(desk.stack.storage, "tasks") as queue:
        queue.send_message(f"{sign}: no base64 at all")
        queue.send_message(base64.b64encode(f"{sign}é".encode("latin-1")).decode())
    letters = until(
        lambda: [item for item in listed(desk)["items"] if item["name"] == "tasks"], lambda items: len(items) >= 2
    )
    shown = [desk.api.get(f"/dead-letters/{letter['id']}").json() for letter in letters]
    assert {item["encoding"] for item in shown} == {"text", "base64"}
    assert any(sign in item["body"] for item in shown)


def test_a_failed_orchestration_is_listed_and_starts_again_under_its_own_id(desk: Desk) -> None:
    ticket_id = uuid4().hex[:24]
    instance_id = f"ticket-{ticket_id}-1"
    sign = f"sign {ticket_id}"
    url = f"{desk.stack.url}/runtime/webhooks/durabletask/orchestrators/resolve_ticket/{instance_id}"
    assert desk.api.post(url, json={"sign": sign}).status_code == 202
    letter = found(desk, sign)
    assert (letter["source"], letter["name"]) == ("orchestration", "resolve_ticket")
    assert "EpisodeInput" in letter["reason"]

    problem(replay(desk, letter["id"]), 422)
    body = episode()
    body["ticket"] |= {"id": ticket_id, "subject": sign}
    assert replay_by_many(desk, letter["id"], {"body": body}) == [202] + [409] * (CLICKS - 1)
    ticket = desk.until_status(ticket_id, "resolved")
    assert [step["name"] for step in ticket["steps"]].count("triage") == 1
    assert [item for item in listed(desk)["items"] if sign in item["preview"]] == []


def test_a_deleted_letter_is_gone_and_its_failed_instance_brings_none_back(desk: Desk) -> None:
    sign = uuid4().hex
    url = f"{desk.stack.url}/runtime/webhooks/durabletask/orchestrators/deliver_message/message-{sign}-1"
    assert desk.api.post(url, json={"sign": sign}).status_code == 202
    letter = found(desk, sign)
    assert desk.api.delete(f"/dead-letters/{letter['id']}").status_code == 204
    problem(desk.api.delete(f"/dead-letters/{letter['id']}"), 404)
    problem(replay(desk, letter["id"]), 409)
    assert [item for item in listed(desk)["items"] if sign in item["preview"]] == []


def test_the_list_comes_in_pages(desk: Desk) -> None:
    for sign in [poison(desk) for _ in range(3)]:
        found(desk, sign)
    first = listed(desk, limit=2)
    rest = listed(desk, limit=200, cursor=first["next_cursor"])
    ids = [item["id"] for item in first["items"] + rest["items"]]
    assert len(first["items"]) == 2
    assert ids == [item["id"] for item in listed(desk)["items"]]
    problem(desk.api.get("/dead-letters", params={"cursor": "nonsense"}), 400)
    problem(desk.api.get("/dead-letters", params={"limit": 0}), 400)


def test_the_depth_is_told_with_the_health_and_takes_nothing_down(desk: Desk) -> None:
    poisoned(desk)
    health = desk.api.get("/health").json()
    assert health["status"] == "up"
    assert health["dead_letters"] == {"depth": len(listed(desk)["items"])}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_letter_is_not_found(desk: Desk, method: str) -> None:
    problem(desk.api.request(method, f"/dead-letters/{uuid4().hex}"), 404)
    problem(replay(desk, uuid4().hex), 404)
