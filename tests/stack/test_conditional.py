"""Readers ask only for what has changed, and nobody decides on a ticket that is not as they read it."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stack.desk import Desk, Json, problem, sample, until


def again(desk: Desk, path: str, tag: str) -> httpx.Response:
    return desk.api.get(path, headers={"If-None-Match": tag})


def unchanged_twice(desk: Desk, path: str) -> tuple[str, httpx.Response]:
    """The tag of a listing and the answer 304 to it, once what earlier tests left in work has come to rest."""

    def asked_twice() -> tuple[str, httpx.Response]:
        tag = desk.api.get(path).headers["ETag"]
        return tag, again(desk, path, tag)

    return until(asked_twice, lambda found: found[1].status_code == 304)


@pytest.fixture(scope="module")
def ticket(desk: Desk) -> Json:
    return desk.resolved()


@pytest.fixture
def waiting(desk: Desk) -> Json:
    """A ticket that waits for an approval."""
    return desk.escalated("Approval")


@pytest.mark.parametrize("path", ["/tasks", "/dead-letters", "/batches", "/knowledge/drafts", "/tickets?status=closed"])
def test_a_listing_is_sent_again_only_when_it_has_changed(desk: Desk, path: str) -> None:
    assert desk.api.get(path).headers["Cache-Control"] == "private, no-cache"
    tag, unchanged = unchanged_twice(desk, path)
    assert unchanged.content == b""
    assert unchanged.headers["ETag"] == tag
    assert unchanged.headers["X-Correlation-ID"]
    assert again(desk, path, '"other"').status_code == 200


def test_a_ticket_is_sent_again_only_when_it_has_changed(desk: Desk, ticket: Json) -> None:
    path = f"/tickets/{ticket['id']}"
    tag = desk.api.get(path).headers["ETag"]
    assert tag.startswith('W/"')
    assert again(desk, path, f'"else", {tag}').status_code == 304
    desk.say(ticket["id"], "A note.", internal=True, **{"from": "operator"})
    desk.until(ticket["id"], lambda shown: any(message["internal"] for message in shown["messages"]))
    assert again(desk, path, tag).status_code == 200


def test_the_list_of_tickets_changes_with_any_of_them(desk: Desk, waiting: Json) -> None:
    tag, _ = unchanged_twice(desk, "/tickets?status=escalated")
    assert again(desk, "/tickets?status=escalated&fields=id", tag).status_code == 200
    desk.decide(waiting["id"], "reassign", assign_to="second-line")
    desk.until(waiting["id"], lambda shown: shown["escalation"]["assigned_to"] == "second-line")
    until(lambda: again(desk, "/tickets?status=escalated", tag).status_code, lambda status: status == 200)


def decide(desk: Desk, ticket_id: str, tag: str, **more: Any) -> httpx.Response:
    body = {"decision": "close", "by": "second operator"} | more
    return desk.api.post(f"/tickets/{ticket_id}/decision", json=body, headers={"If-Match": tag})


def test_of_two_operators_who_read_the_same_the_second_is_told_what_came_first(desk: Desk, waiting: Json) -> None:
    tag = desk.api.get(f"/tickets/{waiting['id']}").headers["ETag"]
    first = decide(desk, waiting["id"], tag, decision="answer", answer="Done by hand.", by="first operator")
    assert first.status_code == 202
    desk.until_status(waiting["id"], "resolved")
    refused = problem(decide(desk, waiting["id"], tag), 412)
    assert "first operator decided already: answer" in refused["detail"]
    assert "first operator decided already" in problem(desk.decide(waiting["id"], "close"), 409)["detail"]


def test_a_decision_on_a_ticket_that_has_moved_on_is_refused_and_changes_nothing(desk: Desk, waiting: Json) -> None:
    tag = desk.api.get(f"/tickets/{waiting['id']}").headers["ETag"]
    assert decide(desk, waiting["id"], tag, decision="reassign", assign_to="second-line").status_code == 202
    desk.until(waiting["id"], lambda shown: shown["escalation"]["assigned_to"] == "second-line")
    assert "second-line" in problem(decide(desk, waiting["id"], tag), 412)["detail"]
    assert desk.ticket(waiting["id"])["status"] == "escalated"


def test_the_list_can_be_searched_and_narrowed_to_what_a_reader_needs(desk: Desk, waiting: Json) -> None:
    sign = f"zebra{uuid4().hex[:8]}"
    ticket_id = desk.open(sample(subject=f"The {sign} is offline"))
    desk.until_status(ticket_id, "resolved", "escalated", "waiting_for_requester")
    (found,) = until(lambda: desk.find(q=sign[:9], fields="id,subject")["items"], bool)
    assert found == {"id": ticket_id, "subject": f"The {sign} is offline"}
    team = waiting["escalation"]["assigned_to"]
    until(
        lambda: {item["id"] for item in desk.find(assigned_to=team, fields="id", limit=200)["items"]},
        lambda ids: waiting["id"] in ids,
    )
    until(
        lambda: {
            item["status"] for item in desk.find(status="escalated,resolved", fields="status", limit=200)["items"]
        },
        lambda statuses: statuses == {"escalated", "resolved"},
    )
    problem(desk.api.get("/tickets", params={"fields": "id,tenant"}), 400)
    problem(desk.api.get("/tickets", params={"status": "resolved,lost"}), 400)


def test_a_ticket_shows_what_was_asked_with_secrets_masked(desk: Desk) -> None:
    ticket_id = desk.open(sample(description="The printer is jammed. My address is ada@example.com, thank you."))
    assert desk.ticket(ticket_id)["description"].startswith("The printer is jammed. My address is ")
    assert "ada@example.com" not in desk.ticket(ticket_id)["description"]


def test_batches_are_listed_newest_first_in_pages(desk: Desk) -> None:
    ids = [desk.api.post("/batches", json=[sample()]).json()["id"] for _ in range(3)]
    for batch_id in ids:
        desk.batch_over(batch_id)
    first = desk.api.get("/batches", params={"limit": 2}).json()
    assert [item["id"] for item in first["items"]] == [ids[2], ids[1]]
    assert first["items"][0]["total"] == 1
    rest = desk.api.get("/batches", params={"cursor": first["next_cursor"]}).json()["items"]
    assert rest[0]["id"] == ids[0]
    problem(desk.api.get("/batches", params={"cursor": "nonsense"}), 400)
