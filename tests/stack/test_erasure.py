"""One person is erased everywhere, nobody else is touched, and what was erased is told."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote
from uuid import uuid4

import redis
from azure.storage.blob import ContainerClient

from samples.stack import start
from shared import names
from shared.conversations import conversation_path
from shared.erasure import ERASED_STORES
from tests.stack.desk import Desk, Json, calling, problem, running, sample, until

SETTINGS = {
    "MESSAGE_BURST_S": "0.2", "RETRY_FIRST_DELAY_S": "0.2", "MEMORY_CONSENT": "opt_out",
    "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:00",
}  # fmt: skip
OVER = ("completed", "failed")
MARK = "zebrafish"
"""A word of the person's that nobody else uses: where it is found, something of theirs is left."""


def of(person: str) -> Json:
    easy = sample(requester={"id": person})
    return easy | {"subject": f"{easy['subject']} {MARK}", "description": f"{easy['description']} {MARK}"}


def erase(desk: Desk, person: str, **query: str) -> Json:
    answer = desk.api.delete(f"/users/{quote(person, safe='')}", params=query)
    assert answer.status_code == 202, answer.text
    task = answer.json()["task_id"]
    assert answer.headers["Location"] == f"/api/task/{task}"
    return until(lambda: desk.api.get(f"/task/{task}").json(), lambda state: state["status"] in OVER)


def learnt(desk: Desk, person: str) -> None:
    """Until what was said is in memory: a task that still runs is something that runs for the person."""
    until(lambda: desk.api.get(f"/users/{person}/memory").json()["facts"], bool)
    until(
        lambda: desk.api.get("/tasks", params={"type": "learn_requester"}).json()["items"],
        lambda items: all(item["status"] == "completed" for item in items),
    )


def test_a_person_is_erased_from_every_store_and_others_are_not(tmp_path: Path) -> None:
    with running(tmp_path, SETTINGS) as desk:
        other = desk.resolved(sample(requester={"id": "u-1001"}))
        line = json.dumps(of("u-1002"))
        batch = desk.api.post("/batches", content=line, headers={"Content-Type": "application/json"}).json()["id"]
        desk.batch_over(batch)
        ticket = desk.resolved(of("u-1002") | {"subject": f"VPN {MARK}"})
        rating = {"by": "u-1002", "score": 2, "comment": f"It came late. {MARK}"}
        assert desk.api.post(f"/tickets/{ticket['id']}/rating", json=rating).is_success
        desk.say(ticket["id"], f"Thanks. {MARK}")
        desk.until(ticket["id"], lambda shown: shown["episode"] == 2)
        thread = desk.api.post("/conversations", json={"requester": {"id": "u-1002"}}).json()["thread"]
        said = desk.api.post(f"/conversations/{thread}/messages", json={"text": f"How do I print? {MARK}"})
        assert said.status_code in (200, 202), said.text
        asked = {"query": f"How to print? {MARK}", "requester": {"id": "u-1002"}}
        task = desk.api.post("/research-parallel", json=asked).json()["task_id"]
        until(lambda: desk.api.get(f"/task/{task}").json()["status"], lambda status: status == "completed")
        desk.queue("tickets").send_message(json.dumps({"requester": {"id": "u-1002"}, "subject": MARK}))
        letters = until(lambda: desk.api.get("/dead-letters").json()["items"], bool)
        assert [letter["name"] for letter in letters] == ["tickets"]
        learnt(desk, "u-1002")
        exported = desk.api.get("/users/u-1002/export").json()
        assert len(exported["tickets"]) >= 2
        assert len(exported["dead_letters"]) == 1
        assert all(exported[part] for part in ("written", "events", "ratings", "conversations", "memory", "tasks"))
        assert MARK not in json.dumps(desk.api.get("/users/u-1001/export").json())

        state = erase(desk, "u-1002", cancel="true")

        assert state["status"] == "completed", state["error"]
        report = state["result"]["erased"]
        nothing = {store for store, count in report.items() if not count}
        assert nothing == {"answers"}, "the rules are never cached"
        assert state["result"]["left"] == []
        left_over = _left_over(desk, tmp_path, desk.stack.storage)
        assert left_over == [], "; ".join(left_over)
        problem(desk.api.get(f"/tickets/{ticket['id']}"), 404)
        problem(desk.api.get(f"/conversations/{thread}"), 404)
        problem(desk.api.get(f"/task/{task}"), 404)
        assert desk.ticket(other["id"])["answer"] == other["answer"]
        assert desk.api.get("/users/u-1001/memory").json()["facts"]
        again = erase(desk, "u-1002")["result"]["erased"]
        assert set(again.values()) == {0}


def test_an_erasure_cut_off_by_a_power_cut_goes_on_and_ends_with_everything_gone(
    tmp_path: Path, lasting_storage: str
) -> None:
    settings = SETTINGS | {"AzureWebJobsStorage": lasting_storage}
    stack = start(tmp_path, settings)
    with calling(stack) as desk:
        other = desk.resolved(sample(requester={"id": "u-1001"}))
        ticket = desk.resolved(of("u-1002"))
        thread = desk.api.post("/conversations", json={"requester": {"id": "u-1002"}}).json()["thread"]
        desk.api.post(f"/conversations/{thread}/messages", json={"text": f"How do I print? {MARK}"})
        learnt(desk, "u-1002")
        kinds = {left.partition(" ")[0] for left in _left_over(desk, tmp_path, lasting_storage)}
        assert kinds >= {"table", "key", "blob", "instance"}
        task = desk.api.delete("/users/u-1002", params={"cancel": "true"}).json()["task_id"]
        instance = names.task_instance(task)
        before = until(lambda: desk.activities(instance), lambda done: names.ERASE_FROM in done)
        assert before.count(names.ERASE_FROM) < len(ERASED_STORES), "the power must go while there is work"
    stack.kill()
    with running(tmp_path, settings) as desk:
        state = until(lambda: desk.api.get(f"/task/{task}").json(), lambda shown: shown["status"] in OVER)
        assert state["status"] == "completed", state["error"]
        assert set(state["result"]["erased"]) == set(ERASED_STORES)
        assert state["result"]["erased"]["durable"] >= 1
        done = desk.activities(instance)
        assert done[: len(before)] == before, "what was kept is not done again"
        assert done.count(names.ERASE_FROM) == len(ERASED_STORES)
        left_over = _left_over(desk, tmp_path, lasting_storage)
        assert left_over == [], "; ".join(left_over)
        problem(desk.api.get(f"/tickets/{ticket['id']}"), 404)
        assert desk.ticket(other["id"])["answer"] == other["answer"]


def test_a_message_of_a_conversation_that_has_no_record_any_more_goes_too(desk: Desk) -> None:
    person = f"p-{uuid4().hex}"
    thread = desk.api.post("/conversations", json={"requester": {"id": person}}).json()["thread"]
    desk.api.post(f"/conversations/{thread}/messages", json={"text": "How do I print?"})
    with ContainerClient.from_connection_string(desk.stack.storage, "desk") as blobs:
        blobs.delete_blob(conversation_path(thread))
    assert erase(desk, person, cancel="true")["result"]["erased"]["conversations"] == 1
    assert desk.instances(f"turn-{thread}") == []


def _left_over(desk: Desk, folder: Path, storage: str) -> list[str]:
    """Where the person's word or id is still found: every table, every key, every blob, every instance."""
    found: list[str] = []
    with closing(sqlite3.connect(folder / "archive.db", timeout=10)) as archive:
        tables = [row[0] for row in archive.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            rows = archive.execute(f'SELECT * FROM "{table}"').fetchall()
            found += [f"table {table}" for row in rows if _theirs(str(row)) and "erase_requester" not in str(row)]
    with closing(cast(Any, redis.Redis).from_url(desk.stack.redis, decode_responses=True)) as client:
        found += [f"key {key}" for key in client.scan_iter("*") if MARK in _read(client, key)]
    with ContainerClient.from_connection_string(storage, "desk") as blobs:
        for name in blobs.list_blob_names():
            found += [f"blob {name}"] if MARK.encode() in blobs.download_blob(name).readall() else []
    found += [
        f"instance {state['instanceId']}"
        for state in desk.instances("")
        if _theirs(json.dumps(state)) and not state["instanceId"].startswith("task-erasure-")
    ]
    return found


def _read(client: Any, key: str) -> str:
    read = {"string": client.get, "hash": client.hgetall, "set": client.smembers}.get(client.type(key))
    if read is not None:
        return str(read(key))
    return str(client.lrange(key, 0, -1) if client.type(key) == "list" else client.zrange(key, 0, -1))


def _theirs(text: str) -> bool:
    return MARK in text or '"u-1002"' in text


def test_what_still_runs_is_in_the_way_unless_it_is_to_be_cancelled(desk: Desk) -> None:
    person = "person/with:odd*id é"
    asks = sample(requester={"id": person}, description="My VPN drops. I want to talk to a person, please.")
    waiting = desk.until_status(desk.open(asks), "escalated")
    refused = desk.api.delete(f"/users/{quote(person, safe='')}")
    assert f"ticket-{waiting['id']}-1" in problem(refused, 409)["detail"]
    assert desk.ticket(waiting["id"])["status"] == "escalated"
    state = erase(desk, person, cancel="true")
    assert state["result"]["erased"]["durable"] >= 1
    trail = desk.api.get("/audit", params={"target": f"user:{person}"}).json()["items"]
    assert [(line["act"], line["outcome"]) for line in trail] == [("user.erase", "done"), ("user.erase", "begun")]
    problem(desk.api.get(f"/tickets/{waiting['id']}"), 404)


def test_nobody_is_known_by_an_id_that_no_ticket_can_have(desk: Desk) -> None:
    problem(desk.api.delete(f"/users/{'x' * 201}"), 400)
    problem(desk.api.get("/users/%20/threads"), 400)
    assert set(erase(desk, "u-9999")["result"]["erased"].values()) == {0}
