"""POST /batches: many tickets at once, each by itself, and all of them accounted for."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stack.desk import Desk, Json, problem, sample, until

MIB = 1024 * 1024
SIZE = 12


def send(desk: Desk, body: str | bytes, key: str | None = None) -> httpx.Response:
    headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
    return desk.api.post("/batches", content=body, headers=headers)


def tickets(count: int = SIZE) -> list[Json]:
    return [sample("Not a ticket" if number % 2 else "Easy", external_id=uuid4().hex) for number in range(count)]


def counts(view: Json) -> tuple[int, ...]:
    return tuple(view[kind] for kind in ("total", "resolved", "escalated", "failed", "in_flight"))


@pytest.mark.parametrize("form", ["JSON array", "JSON Lines"])
def test_a_batch_is_found_at_once_and_adds_up_at_every_look(desk: Desk, form: str) -> None:
    given = tickets()
    body = json.dumps(given) if form == "JSON array" else "\n".join(map(json.dumps, given))
    answer = send(desk, body)
    batch_id = answer.json()["id"]
    first = desk.batch(batch_id)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/batches/{batch_id}" == answer.json()["links"]["self"]
    assert int(answer.headers["Retry-After"]) >= 1
    assert first["status"] in ("accepted", "running", "completed")
    view = desk.batch_over(batch_id)
    assert (view["status"], view["failures"]) == ("completed", [])
    assert counts(view) == (SIZE, SIZE, 0, 0, 0)


def test_every_ticket_of_a_batch_is_a_ticket_of_its_own(desk: Desk) -> None:
    given = tickets(3)
    batch_id = send(desk, json.dumps(given)).json()["id"]
    desk.batch_over(batch_id)
    found = [item for item in desk.find(limit=200)["items"] if item["batch_id"] == batch_id]
    assert {item["external_id"] for item in found} == {ticket["external_id"] for ticket in given}
    assert {item["channel"] for item in found} == {"batch"}
    assert {item["status"] for item in found} == {"resolved"}


def test_bad_lines_fail_alone_each_with_its_reason(desk: Desk) -> None:
    good = [json.dumps(ticket) for ticket in tickets(4)]
    named = uuid4().hex
    bad = {
        1: "{not json",
        3: json.dumps(sample(subject="", external_id=named)),
        4: "[]",
        6: '{"subject": ' + "9" * 10_000 + "}",
        7: "[" * 100_000,
    }
    lines = [bad.get(index) or good.pop() for index in range(len(good) + len(bad))]
    view = desk.batch_over(send(desk, "\n".join(lines)).json()["id"])
    assert view["status"] == "completed_with_failures"
    assert counts(view) == (9, 4, 0, 5, 0)
    assert [failure["index"] for failure in view["failures"]] == sorted(bad)
    assert all(failure["reason"] for failure in view["failures"])
    by_index = {failure["index"]: failure for failure in view["failures"]}
    assert by_index[3]["external_id"] == named
    assert "/subject" in by_index[3]["reason"]


def test_a_ticket_that_waits_for_a_person_frees_its_slot_and_the_batch_completes(desk: Desk) -> None:
    waiting = [sample("Approval", external_id=uuid4().hex) for _ in range(6)]
    batch_id = send(desk, json.dumps([*waiting, *tickets(4)])).json()["id"]
    view = desk.batch_over(batch_id)
    assert (view["status"], counts(view)) == ("completed", (10, 4, 6, 0, 0))
    (one, *_) = until(
        lambda: [it for it in desk.find(status="escalated", limit=200)["items"] if it["batch_id"] == batch_id], bool
    )
    desk.decide(one["id"], "close")
    desk.until_status(one["id"], "closed")
    assert counts(desk.batch(batch_id)) == counts(view), "counts stand once the batch is completed"


def test_the_same_ticket_twice_in_a_batch_is_worked_on_once(desk: Desk) -> None:
    (one,) = tickets(1)
    view = desk.batch_over(send(desk, json.dumps([one, one, one])).json()["id"])
    assert counts(view) == (3, 3, 0, 0, 0)
    found = [item["id"] for item in desk.find(limit=200)["items"] if item["external_id"] == one["external_id"]]
    assert len(found) == 1


def test_a_ticket_the_desk_has_already_settled_counts_as_what_it_came_to(desk: Desk) -> None:
    (one,) = tickets(1)
    desk.resolved(one)
    view = desk.batch_over(send(desk, json.dumps([one])).json()["id"])
    assert counts(view) == (1, 1, 0, 0, 0)


def test_an_external_id_that_is_taken_by_another_ticket_fails_alone(desk: Desk) -> None:
    one, other = tickets(2)
    view = desk.batch_over(send(desk, json.dumps([one, other | {"external_id": one["external_id"]}])).json()["id"])
    assert counts(view) == (2, 1, 0, 1, 0)
    assert "external_id" in view["failures"][0]["reason"]


def test_the_same_key_and_body_is_the_same_batch(desk: Desk) -> None:
    key, body = uuid4().hex, json.dumps(tickets(2))
    first, second = send(desk, body, key), send(desk, body, key)
    assert first.json()["id"] == second.json()["id"]
    view = desk.batch_over(first.json()["id"])
    assert send(desk, body, key).json()["id"] == view["id"]
    assert counts(desk.batch(view["id"])) == (2, 2, 0, 0, 0)


def test_the_same_key_with_another_body_is_a_conflict(desk: Desk) -> None:
    key = uuid4().hex
    batch_id = send(desk, json.dumps(tickets(1)), key).json()["id"]
    problem(send(desk, json.dumps(tickets(1)), key), 409)
    assert counts(desk.batch_over(batch_id)) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize("body", ["", "[]", "  \n ", "[1, 2", b"\xff\xfe\xfd"])
def test_what_holds_no_tickets_is_refused(desk: Desk, body: Any) -> None:
    problem(send(desk, body), 400)


def test_a_batch_over_10_mib_is_refused(desk: Desk) -> None:
    problem(send(desk, b"x" * (10 * MIB + 1)), 413)


def test_an_unknown_batch_is_not_found(desk: Desk) -> None:
    problem(desk.api.get("/batches/unknown"), 404)
