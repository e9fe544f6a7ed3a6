"""The same ticket handed in again, however often and by whatever door, is the same ticket."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest

from tests.stack.desk import Desk, Json, problem, sample

AT_ONCE = 20


def hand_in(desk: Desk, key: str, body: Json | None = None) -> httpx.Response:
    return desk.api.post("/tickets", json=body or sample(), headers={"Idempotency-Key": key})


@pytest.fixture
def key() -> str:
    return uuid4().hex


def test_the_same_key_and_body_is_the_same_ticket(desk: Desk, key: str) -> None:
    first, second = hand_in(desk, key), hand_in(desk, key)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    assert first.headers["Location"] == second.headers["Location"]


def test_twenty_callers_at_once_start_one_instance(desk: Desk, key: str) -> None:
    with ThreadPoolExecutor(AT_ONCE) as callers:
        calls = [callers.submit(hand_in, desk, key) for _ in range(AT_ONCE)]
    answers = [call.result() for call in calls]
    assert {answer.status_code for answer in answers} == {202}
    (ticket_id,) = {answer.json()["id"] for answer in answers}
    ticket = desk.until_status(ticket_id, "resolved")
    assert [instance["instanceId"] for instance in desk.instances(f"ticket-{ticket_id}")] == [f"ticket-{ticket_id}-1"]
    assert [step["name"] for step in ticket["steps"]].count("triage") == 1


def test_a_key_still_stands_for_its_ticket_once_it_is_resolved(desk: Desk, key: str) -> None:
    ticket_id = hand_in(desk, key).json()["id"]
    resolved = desk.until_status(ticket_id, "resolved")
    again = hand_in(desk, key)
    assert (again.status_code, again.json()["id"], again.json()["status"]) == (202, ticket_id, "resolved")
    assert desk.ticket(ticket_id)["resolved_at"] == resolved["resolved_at"]


@pytest.mark.parametrize("resolved", [False, True], ids=["while it runs", "after it is resolved"])
def test_the_same_key_with_another_body_is_a_conflict(desk: Desk, key: str, resolved: bool) -> None:
    ticket_id = hand_in(desk, key).json()["id"]
    if resolved:
        desk.until_status(ticket_id, "resolved")
    problem(hand_in(desk, key, sample(subject="Another matter")), 409)
    assert desk.ticket(ticket_id)["subject"] == sample()["subject"]


def test_the_order_of_fields_makes_no_other_body(desk: Desk, key: str) -> None:
    first = hand_in(desk, key)
    assert hand_in(desk, key, dict(reversed(sample().items()))).json()["id"] == first.json()["id"]


def test_other_keys_are_other_tickets(desk: Desk) -> None:
    ids = {hand_in(desk, uuid4().hex).json()["id"] for _ in range(2)} | {desk.open(), desk.open()}
    assert len(ids) == 4


def test_a_key_has_at_most_255_characters(desk: Desk, key: str) -> None:
    assert hand_in(desk, key.ljust(255, "k")).status_code == 202
    problem(hand_in(desk, key.ljust(256, "k")), 400)
    problem(hand_in(desk, ""), 400)


def test_an_external_id_is_a_key_too(desk: Desk, key: str) -> None:
    body = sample(external_id=key)
    assert desk.open(body) == desk.open(body)
    problem(desk.api.post("/tickets", json=sample(external_id=key, subject="Another matter")), 409)
