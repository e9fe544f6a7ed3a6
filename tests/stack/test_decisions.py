"""POST /tickets/{id}/decision: a person decides, once, on exactly what was shown."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.stack.desk import Desk, Json, problem, sample

STALE_HASH = "0" * 64


@pytest.fixture
def waiting(desk: Desk) -> Json:
    """A ticket that waits for an approval."""
    return desk.escalated("Approval")


def test_a_ticket_that_waits_shows_what_is_to_be_decided(waiting: Json) -> None:
    escalation = waiting["escalation"]
    assert waiting["status"] == "escalated"
    assert [action["kind"] for action in escalation["actions"]] == ["add_to_group"]
    assert len(escalation["action_hash"]) == 64
    assert (escalation["rung"], escalation["breached"], escalation["decided"]) == (1, False, None)
    assert escalation["assigned_to"]
    assert escalation["reason"]
    assert waiting["actions"] == []


def test_an_approval_of_what_was_shown_is_carried_out(desk: Desk, waiting: Json) -> None:
    answer = desk.decide(
        waiting["id"], "approve", action_hash=waiting["escalation"]["action_hash"], note="Owner agreed"
    )
    assert answer.status_code == 202
    ticket = desk.until_status(waiting["id"], "resolved")
    assert [action["kind"] for action in ticket["actions"]] == ["add_to_group"]
    assert "finance-share" in ticket["answer"]
    decided = ticket["escalation"]["decided"]
    assert (decided["decision"], decided["by"], decided["note"]) == ("approve", "operator", "Owner agreed")


def test_an_approval_says_what_it_approves(desk: Desk, waiting: Json) -> None:
    problem(desk.decide(waiting["id"], "approve"), 400)
    problem(desk.decide(waiting["id"], "approve", action_hash=STALE_HASH), 409)
    ticket = desk.ticket(waiting["id"])
    assert (ticket["status"], ticket["actions"]) == ("escalated", [])


def test_a_rejection_changes_nothing_and_tells_why(desk: Desk, waiting: Json) -> None:
    desk.decide(waiting["id"], "reject", note="The owner of the group has not agreed.")
    ticket = desk.until_status(waiting["id"], "resolved")
    assert (ticket["answer"], ticket["actions"]) == ("The owner of the group has not agreed.", [])


def test_an_answer_is_given_as_the_person_wrote_it(desk: Desk, waiting: Json) -> None:
    desk.decide(waiting["id"], "answer", answer="You have had access since yesterday.")
    ticket = desk.until_status(waiting["id"], "resolved")
    assert (ticket["answer"], ticket["actions"]) == ("You have had access since yesterday.", [])


def test_closing_ends_the_ticket(desk: Desk, waiting: Json) -> None:
    desk.decide(waiting["id"], "close")
    ticket = desk.until_status(waiting["id"], "closed")
    assert ticket["actions"] == []
    assert ticket["sla"]["resolution"]["stopped_at"] is not None


def test_reassigning_goes_on_waiting_with_somebody_else(desk: Desk, waiting: Json) -> None:
    assert desk.decide(waiting["id"], "reassign", assign_to="finance-owners").status_code == 202
    ticket = desk.until(waiting["id"], lambda ticket: ticket["escalation"]["assigned_to"] == "finance-owners")
    assert (ticket["status"], ticket["escalation"]["decided"]) == ("escalated", None)
    approval = desk.decide(waiting["id"], "approve", action_hash=waiting["escalation"]["action_hash"])
    assert approval.status_code == 202
    assert desk.until_status(waiting["id"], "resolved")["actions"]


@pytest.mark.parametrize("decision", ["approve", "reject", "answer", "close", "reassign"])
def test_nothing_can_be_decided_where_nothing_waits(desk: Desk, decision: str) -> None:
    details = {"action_hash": STALE_HASH, "answer": "Yes", "assign_to": "second-line"}
    problem(desk.decide(desk.resolved()["id"], decision, **details), 409)


def test_a_decision_after_the_decision_is_refused(desk: Desk, waiting: Json) -> None:
    desk.decide(waiting["id"], "reject", note="No.")
    desk.until_status(waiting["id"], "resolved")
    problem(desk.decide(waiting["id"], "approve", action_hash=waiting["escalation"]["action_hash"]), 409)
    assert desk.ticket(waiting["id"])["actions"] == []


def test_of_decisions_at_the_same_moment_the_first_counts_and_the_others_are_accounted_for(
    desk: Desk, waiting: Json
) -> None:
    people = [f"operator-{number}" for number in range(6)]
    with ThreadPoolExecutor(len(people)) as at_once:
        calls = {
            by: at_once.submit(desk.decide, waiting["id"], "reject", by=by, note=f"No, says {by}.") for by in people
        }
    statuses = {by: call.result().status_code for by, call in calls.items()}
    assert set(statuses.values()) <= {202, 409}
    accepted = {by for by, status in statuses.items() if status == 202}
    desk.until_status(waiting["id"], "resolved")
    ticket = desk.until(waiting["id"], lambda ticket: len(ticket["escalation"]["refused"]) == len(accepted) - 1)
    winner = ticket["escalation"]["decided"]["by"]
    assert ticket["answer"] == f"No, says {winner}."
    assert {winner, *(refusal["by"] for refusal in ticket["escalation"]["refused"])} == accepted


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"decision": "approve"}, "/by"),
        ({"decision": "shrug", "by": "operator"}, "/decision"),
        ({"decision": "answer", "by": "operator"}, "/"),
        ({"decision": "reassign", "by": "operator"}, "/"),
        ({"decision": "close", "by": ""}, "/by"),
        ({"decision": "close", "by": "operator", "force": True}, "/force"),
    ],
)
def test_a_decision_that_is_not_valid_is_refused(desk: Desk, body: dict[str, Any], pointer: str) -> None:
    told = problem(desk.api.post(f"/tickets/{desk.open(sample())}/decision", json=body), 400)
    assert [error["pointer"] for error in told["errors"]] == [pointer]


def test_a_decision_on_an_unknown_ticket_is_not_found(desk: Desk) -> None:
    problem(desk.decide("0" * 24, "close"), 404)
