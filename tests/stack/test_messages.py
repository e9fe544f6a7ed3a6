"""POST /tickets/{id}/messages: a later word reopens, joins, waits or comes too late."""

from typing import Any
from uuid import uuid4

import pytest

from tests.stack.desk import Desk, Json, problem, sample

BURST = 5


def turns(ticket: Json) -> int:
    return [step["name"] for step in ticket["steps"]].count("triage")


def texts(ticket: Json) -> list[str]:
    return [message["text"] for message in ticket["messages"]]


def reopened(ticket: Json) -> bool:
    return ticket["episode"] == 2 and ticket["status"] in ("resolved", "escalated", "waiting_for_requester")


def test_a_message_is_accepted_with_where_to_look(desk: Desk) -> None:
    ticket_id = desk.resolved()["id"]
    answer = desk.say(ticket_id, "Thank you.")
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/tickets/{ticket_id}" == answer.json()["links"]["ticket"]
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_message_reopens_a_resolved_ticket_as_its_next_episode(desk: Desk) -> None:
    before = desk.resolved()
    desk.say(before["id"], "It still drops, now also on the cable in the office.")
    after = desk.until(before["id"], reopened)
    assert after["version"] > before["version"]
    assert turns(after) == turns(before) + 1
    assert texts(after) == ["It still drops, now also on the cable in the office."]
    ids = sorted(instance["instanceId"] for instance in desk.instances(f"ticket-{before['id']}"))
    assert ids == [f"ticket-{before['id']}-{episode}" for episode in (1, 2)]


def test_a_burst_of_messages_is_one_turn(desk: Desk) -> None:
    before = desk.resolved()
    said = [f"One more thing, number {number}: the VPN drops on cable too." for number in range(BURST)]
    for text in said:
        assert desk.say(before["id"], text).status_code == 202
    after = desk.until(before["id"], lambda ticket: reopened(ticket) and len(ticket["messages"]) == BURST)
    assert sorted(texts(after)) == sorted(said)
    assert turns(after) == turns(before) + 1
    assert after["episode"] == 2


def test_a_message_to_a_ticket_in_work_is_heard_before_it_ends(desk: Desk) -> None:
    ticket_id = desk.open()
    desk.say(ticket_id, "I forgot to say: it happens on the guest Wi-Fi only.")
    ticket = desk.until(ticket_id, lambda ticket: ticket["status"] == "resolved" and bool(ticket["messages"]))
    assert texts(ticket) == ["I forgot to say: it happens on the guest Wi-Fi only."]


def test_a_message_to_an_escalated_ticket_is_shown_to_the_person(desk: Desk) -> None:
    ticket_id = desk.escalated()["id"]
    desk.say(ticket_id, "It is needed by Friday.")
    ticket = desk.until(ticket_id, lambda ticket: bool(ticket["messages"]))
    assert (ticket["status"], texts(ticket)) == ("escalated", ["It is needed by Friday."])


def test_an_internal_note_is_kept_and_reopens_nothing(desk: Desk) -> None:
    before = desk.resolved()
    desk.say(before["id"], "Seen this twice today.", **{"from": "operator"}, internal=True)
    after = desk.until(before["id"], lambda ticket: bool(ticket["messages"]))
    assert (after["status"], after["answer"]) == (before["status"], before["answer"])
    assert (after["resolved_at"], after["closes_at"]) == (before["resolved_at"], before["closes_at"])
    assert turns(after) == turns(before)


def test_an_operator_who_writes_takes_the_ticket_over(desk: Desk) -> None:
    ticket_id = desk.resolved()["id"]
    desk.say(ticket_id, "I am looking into this myself.", **{"from": "operator"})
    ticket = desk.until(ticket_id, reopened)
    assert ticket["status"] == "escalated"
    assert "operator" in ticket["escalation"]["reason"]


def test_the_same_key_is_the_same_message(desk: Desk) -> None:
    ticket_id, key = desk.resolved()["id"], uuid4().hex
    ids = {desk.say(ticket_id, "It still drops.", key).json()["id"] for _ in range(3)}
    ticket = desk.until(ticket_id, reopened)
    again = desk.say(ticket_id, "It still drops.", key)
    assert {again.json()["id"]} == ids
    assert texts(ticket) == ["It still drops."] == texts(desk.ticket(ticket_id))


def test_the_same_key_with_another_text_is_a_conflict(desk: Desk) -> None:
    ticket_id, key = desk.resolved()["id"], uuid4().hex
    assert desk.say(ticket_id, "It still drops.", key).status_code == 202
    problem(desk.say(ticket_id, "It works now.", key), 409)


def test_what_is_private_in_a_message_is_not_kept(desk: Desk) -> None:
    ticket_id = desk.escalated()["id"]
    desk.say(ticket_id, "My card is 4111 1111 1111 1111 and it still fails.")
    ticket = desk.until(ticket_id, lambda ticket: bool(ticket["messages"]))
    assert "4111" not in texts(ticket)[0]
    assert "still fails" in texts(ticket)[0]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"from": "requester"}, "/text"),
        ({"from": "requester", "text": " "}, "/text"),
        ({"from": "requester", "text": "t" * 20_001}, "/text"),
        ({"text": "Hello"}, "/from"),
        ({"from": "robot", "text": "Hello"}, "/from"),
        ({"from": "requester", "text": "Hello", "to": "me"}, "/to"),
        ({"from": "requester", "text": "Hello", "internal": True}, "/"),
    ],
)
def test_a_message_that_is_not_valid_is_refused(desk: Desk, some_id: str, body: dict[str, Any], pointer: str) -> None:
    told = problem(desk.api.post(f"/tickets/{some_id}/messages", json=body), 400)
    assert pointer in [error["pointer"] for error in told["errors"]]


def test_a_message_to_an_unknown_ticket_is_not_found(desk: Desk) -> None:
    problem(desk.say("0" * 24, "Hello"), 404)


@pytest.fixture(scope="module")
def some_id(desk: Desk) -> str:
    return desk.open(sample())
