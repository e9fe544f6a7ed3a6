"""GET /audit: every privileged act on a running desk is in the trail, and the trail is whole."""

from uuid import uuid4

import pytest

from tests.stack.desk import Desk, Json, problem, until


def lines(desk: Desk, **filters: str) -> list[Json]:
    answer = desk.api.get("/audit", params=filters)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def acts(desk: Desk, **filters: str) -> set[tuple[str, str, str]]:
    return {(line["act"], line["actor"], line["outcome"]) for line in lines(desk, **filters)}


def test_an_approval_and_what_it_changed_are_in_the_trail(desk: Desk) -> None:
    waiting = desk.escalated("Approval", requester={"id": "u-1009"})
    approver = f"ada-{uuid4().hex[:8]}"
    note = "Owner agreed, call +49 151 23456789"
    action_hash = waiting["escalation"]["action_hash"]
    headers = {"X-Correlation-ID": f"approved-{approver}"}
    body = {"decision": "approve", "by": approver, "action_hash": action_hash, "note": note}
    answer = desk.api.post(f"/tickets/{waiting['id']}/decision", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    desk.until_status(waiting["id"], "resolved")
    target = f"ticket:{waiting['id']}"
    assert acts(desk, target=target) >= {
        ("ticket.approve", approver, "accepted"),
        ("action.add_to_group", approver, "begun"),
        ("action.add_to_group", approver, "done"),
    }
    (accepted,) = [line for line in lines(desk, actor=approver) if line["act"] == "ticket.approve"]
    assert accepted["correlation_id"] == headers["X-Correlation-ID"]
    assert accepted["note"] == "Owner agreed, call [phone]"
    assert accepted["after"]["action_hash"] == action_hash


def test_an_approval_by_the_requester_is_refused_and_in_the_trail(desk: Desk) -> None:
    waiting = desk.escalated("Approval")
    own = waiting["requester"]["id"]
    refused = desk.decide(waiting["id"], "approve", by=own, action_hash=waiting["escalation"]["action_hash"])
    assert "themselves" in problem(refused, 403)["detail"]
    assert acts(desk, target=f"ticket:{waiting['id']}") == {("ticket.approve", own, "refused")}
    assert desk.ticket(waiting["id"])["actions"] == []


def test_a_decision_sent_again_under_its_key_is_one_decision(desk: Desk) -> None:
    waiting = desk.escalated("Approval")
    body = {"decision": "reject", "by": "operator", "note": "No."}
    headers = {"Idempotency-Key": uuid4().hex}
    path = f"/tickets/{waiting['id']}/decision"
    first, second = (desk.api.post(path, json=body, headers=headers) for _ in range(2))
    assert first.status_code == 202, first.text
    if second.status_code == 202:
        assert second.json()["id"] == first.json()["id"]
    ticket = desk.until_status(waiting["id"], "resolved")
    assert (ticket["answer"], ticket["escalation"]["refused"]) == ("No.", [])


def test_dropping_a_dead_letter_and_trying_to_is_in_the_trail(desk: Desk) -> None:
    letter = uuid4().hex
    problem(desk.api.delete(f"/dead-letters/{letter}"), 404)
    assert [line["outcome"] for line in lines(desk, target=f"dead-letter:{letter}")] == ["failed", "begun"]


def test_pages_and_times_narrow_the_trail_down(desk: Desk) -> None:
    first = desk.api.get("/audit", params={"limit": "1"}).json()
    assert len(first["items"]) == 1
    if first["next_cursor"]:
        second = desk.api.get("/audit", params={"limit": "1", "cursor": first["next_cursor"]}).json()
        assert second["items"][0]["number"] < first["items"][0]["number"]
    assert lines(desk, to="2020-01-01T00:00:00Z") == []
    assert lines(desk, **{"from": "2020-01-01T00:00:00+01:00"})


@pytest.mark.parametrize(
    "query", [{"from": "yesterday"}, {"from": "2026-03-02T09:00:00"}, {"limit": "0"}, {"since": "x"}]
)
def test_a_query_that_is_not_valid_is_refused(desk: Desk, query: dict[str, str]) -> None:
    problem(desk.api.get("/audit", params=query), 400)


def test_the_trail_of_a_running_desk_is_whole(desk: Desk) -> None:
    told = until(lambda: desk.api.get("/audit/verification").json(), lambda told: told["lines"] > 0)
    assert (told["intact"], told["fault"]) == (True, None)


def test_an_action_is_undone_by_an_operator_once_and_noted_on_the_ticket(desk: Desk) -> None:
    waiting = desk.escalated("Approval", requester={"id": "u-1006"})
    desk.decide(waiting["id"], "approve", action_hash=waiting["escalation"]["action_hash"])
    ticket = desk.until_status(waiting["id"], "resolved")
    (action,) = ticket["actions"]
    path = f"/tickets/{ticket['id']}/actions/{action['id']}/undo"
    problem(desk.api.post(path, json={"by": ticket["requester"]["id"]}), 403)
    problem(desk.api.post(f"/tickets/{ticket['id']}/actions/9:9.9:9/undo", json={"by": "ada"}), 404)
    undone = desk.api.post(path, json={"by": "ada", "note": "wrong group"})
    assert undone.status_code == 200, undone.text
    assert desk.api.post(path, json={"by": "ada"}).json() == undone.json()
    problem(desk.api.post(path, json={"by": "bob"}), 409)
    assert ("undo.add_to_group", "ada", "done") in acts(desk, target=f"ticket:{ticket['id']}")
    noted = desk.until(ticket["id"], lambda it: any("undone by ada" in said["text"] for said in it["messages"]))
    assert noted["status"] == "resolved"
    assert noted["escalation"]["decided"]["decision"] == "approve"


def test_what_changes_the_knowledge_base_or_the_archive_is_in_the_trail(desk: Desk) -> None:
    article_id = f"audited-{uuid4().hex[:8]}"
    path, target = f"/knowledge/{article_id}", f"article:{article_id}"
    body = {"title": "A printer", "category": "printing", "keywords": ["printer"], "body": "## Jam\nOpen the tray."}
    assert desk.api.put(path, json=body).status_code == 201
    problem(desk.api.put(path, json=body, headers={"If-None-Match": "*"}), 412)
    assert desk.api.delete(path).status_code == 204
    problem(desk.api.delete(path), 404)
    assert [(line["act"], line["outcome"]) for line in reversed(lines(desk, target=target))] == [
        ("article.put", "begun"),
        ("article.put", "done"),
        ("article.put", "begun"),
        ("article.put", "failed"),
        ("article.remove", "begun"),
        ("article.remove", "done"),
        ("article.remove", "begun"),
        ("article.remove", "unchanged"),
    ]
    assert lines(desk, target=target)[-1]["after"] == {"title": "A printer"}
    rebuilt = desk.api.post("/archive/rebuild").json()
    newest = lines(desk, target="archive")[0]
    assert (newest["act"], newest["outcome"], newest["after"]) == ("archive.rebuild", "done", rebuilt)


def test_what_is_given_out_of_a_person_is_in_the_trail_without_what_it_says(desk: Desk) -> None:
    requester = f"u-{uuid4().hex[:8]}"
    desk.resolved(requester={"id": requester})
    assert desk.api.get(f"/users/{requester}/export").status_code == 200
    told = lines(desk, target=f"user:{requester}")
    assert [(line["act"], line["outcome"]) for line in reversed(told)] == [
        ("user.export", "begun"),
        ("user.export", "done"),
    ]
    assert {(line["before"], line["after"]) for line in told} == {(None, None)}
