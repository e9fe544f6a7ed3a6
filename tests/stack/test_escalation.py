"""The ladder: a rung after the other, then breached, then reminders, until somebody decides."""

from uuid import uuid4

import pytest

from tests.stack.desk import Desk, Json, sample, until
from tests.stack.webhook import Webhook

LADDER = ("escalated", "rung", "breached", "reminder", "reminder")


@pytest.fixture(scope="module")
def climbed(hasty_desk: Desk, webhook: Webhook) -> Json:
    """A ticket on which nobody decided while its whole ladder passed."""
    ticket_id = hasty_desk.open(sample("Approval"))
    webhook.until(ticket_id, *LADDER)
    return hasty_desk.ticket(ticket_id)


def test_every_rung_is_told_to_another_team(climbed: Json, webhook: Webhook) -> None:
    told = webhook.about(climbed["id"])[: len(LADDER)]
    assert [item["event"] for item in told] == list(LADDER)
    assert [item["to"] for item in told] == ["service-desk", *["second-line"] * 4]
    assert {item["subject"] for item in told} == {climbed["subject"]}
    assert len({item["id"] for item in told}) == len(told)


def test_what_is_told_is_signed(climbed: Json, webhook: Webhook) -> None:
    assert webhook.about(climbed["id"])
    assert webhook.forged == []


def test_after_the_last_rung_the_ticket_stays_open_and_breached(hasty_desk: Desk, climbed: Json) -> None:
    ticket = hasty_desk.ticket(climbed["id"])
    assert (ticket["status"], ticket["escalation"]["breached"]) == ("escalated", True)
    assert (ticket["escalation"]["rung"], ticket["escalation"]["rung_due_at"]) == (2, None)


def test_reminders_recur(climbed: Json, webhook: Webhook) -> None:
    seen = len(webhook.about(climbed["id"]))
    told = until(lambda: webhook.about(climbed["id"]), lambda told: len(told) >= seen + 2)
    assert {item["event"] for item in told[seen:]} == {"reminder"}


def test_an_approval_of_the_first_rung_still_counts_after_the_last(hasty_desk: Desk, webhook: Webhook) -> None:
    ticket_id = hasty_desk.open(sample("Approval"))
    shown = webhook.until(ticket_id, "escalated")[0]
    webhook.until(ticket_id, "escalated", "rung", "breached")
    answer = hasty_desk.decide(ticket_id, "approve", action_hash=shown["action_hash"])
    assert answer.status_code == 202
    ticket = hasty_desk.until_status(ticket_id, "resolved", "closed")
    assert [action["kind"] for action in ticket["actions"]] == ["add_to_group"]
    assert ticket["escalation"]["breached"] is True


def test_a_decision_ends_the_ladder(hasty_desk: Desk, webhook: Webhook) -> None:
    ticket_id = hasty_desk.open(sample("Approval"))
    webhook.until(ticket_id, "escalated")
    hasty_desk.decide(ticket_id, "reject", note="No.")
    ticket = hasty_desk.until_status(ticket_id, "resolved", "closed")
    until(
        lambda: [instance["runtimeStatus"] for instance in hasty_desk.instances(f"ticket-{ticket_id}")],
        lambda statuses: statuses == ["Completed"],
    )
    assert ticket["escalation"]["decided"]["decision"] == "reject"
    told = [item["event"] for item in webhook.about(ticket_id) if item["event"] != "closed"]
    assert told[-1] == "replied"


def test_whoever_a_ticket_is_given_to_is_told(hasty_desk: Desk, webhook: Webhook) -> None:
    ticket_id = hasty_desk.open(sample("Approval"))
    webhook.until(ticket_id, "escalated")
    hasty_desk.decide(ticket_id, "reassign", assign_to="finance-owners")
    told = until(lambda: webhook.about(ticket_id), lambda told: "reassigned" in {item["event"] for item in told})
    assert [item["to"] for item in told if item["event"] == "reassigned"] == ["finance-owners"]


def test_a_webhook_that_is_down_holds_no_ticket_up(hasty_desk: Desk, webhook: Webhook) -> None:
    body = sample("Approval", subject=f"Access to the finance share {uuid4().hex}")
    webhook.down_for.add(body["subject"])
    ticket_id = hasty_desk.open(body)
    ticket = hasty_desk.until(ticket_id, lambda ticket: "notifications" in ticket["degraded"])
    assert {told["ticket_id"] for told in webhook.refused if told["subject"] == body["subject"]} == {ticket_id}
    hasty_desk.decide(ticket_id, "approve", action_hash=ticket["escalation"]["action_hash"])
    ended = hasty_desk.until_status(ticket_id, "resolved", "closed")
    assert [action["kind"] for action in ended["actions"]] == ["add_to_group"]
    assert "notifications" in ended["degraded"]
    assert webhook.about(ticket_id) == []


def test_an_answer_is_told_to_the_requester(hasty_desk: Desk, webhook: Webhook) -> None:
    ticket = hasty_desk.resolved()
    (told,) = webhook.until(ticket["id"], "replied")
    assert (told["to"], told["text"]) == (sample()["requester"]["email"], ticket["answer"])
