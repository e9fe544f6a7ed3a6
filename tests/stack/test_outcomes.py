"""What becomes of tickets of each kind, from the door to the last word."""

from shared.names import RISK_VOTERS
from tests.stack.desk import Desk, Json, problem, sample


def kinds(ticket: Json) -> list[str]:
    return [action["kind"] for action in ticket["actions"]]


def test_a_hostile_ticket_is_held_back_for_a_person_and_moves_nothing(desk: Desk) -> None:
    ticket = desk.until_status(desk.open(sample("Hostile")), "escalated")
    assert ticket["route"] == "screened_out"
    assert [step["name"] for step in ticket["steps"]] == ["screen"]
    assert (ticket["actions"], ticket["escalation"]["actions"], ticket["answer"]) == ([], [], None)
    assert ticket["usage"]["model_calls"] == 0
    desk.decide(ticket["id"], "close", note="Passed on to security.")
    closed = desk.until_status(ticket["id"], "closed")
    assert (closed["actions"], closed["answer"]) == ([], "Passed on to security.")


def test_a_french_ticket_is_answered_in_french_from_the_french_article(desk: Desk) -> None:
    ticket = desk.resolved(sample("French"))
    assert (ticket["status"], ticket["language"], ticket["category"]) == ("resolved", "fr", "access_identity")
    assert "mot de passe" in ticket["answer"].lower()
    assert "mot-de-passe-oublie" in {citation["id"] for citation in ticket["citations"]}


def test_what_is_no_ticket_gets_no_answer_and_so_starts_no_loop_of_mails(desk: Desk) -> None:
    ticket = desk.resolved(sample("Not a ticket"))
    assert (ticket["status"], ticket["category"], ticket["route"]) == ("resolved", "not_a_ticket", "not_a_ticket")
    assert (ticket["answer"], ticket["citations"], ticket["actions"]) == (None, [], [])
    assert "reply" not in {step["name"] for step in ticket["steps"]}


def test_the_requesters_own_account_is_unlocked_without_asking_anybody(desk: Desk) -> None:
    ticket = desk.resolved(sample("Account lockout"))
    assert (ticket["status"], ticket["escalation"]) == ("resolved", None)
    assert "unlock_account" in kinds(ticket)
    assert "account-locked-out" in {citation["id"] for citation in ticket["citations"]}


def test_more_access_is_given_only_once_a_person_has_approved_it(desk: Desk) -> None:
    waiting = desk.escalated("Approval")
    assert (waiting["status"], waiting["actions"], waiting["answer"]) == ("escalated", [], None)
    advice = waiting["escalation"]["advice"]
    assert {opinion["voter"]: opinion["error"] for opinion in advice["opinions"]} == dict.fromkeys(RISK_VOTERS)
    desk.decide(waiting["id"], "approve", action_hash=waiting["escalation"]["action_hash"])
    ticket = desk.until_status(waiting["id"], "resolved")
    assert kinds(ticket) == ["add_to_group"]
    assert desk.activities(f"ticket-{ticket['id']}-1").count("apply") == 1


def test_a_security_incident_goes_straight_to_a_person(desk: Desk) -> None:
    ticket = desk.until_status(desk.open(sample("Security")), "escalated")
    assert (ticket["route"], ticket["category"]) == ("escalated", "security")
    assert "resolve" not in {step["name"] for step in ticket["steps"]}
    problem(desk.decide(ticket["id"], "approve", action_hash="0" * 64), 409)
    desk.decide(ticket["id"], "answer", answer="We have ended all your sessions. Please ring the service desk.")
    assert desk.until_status(ticket["id"], "resolved")["answer"].startswith("We have ended all your sessions.")


def test_a_complex_ticket_is_seen_by_every_specialist(desk: Desk) -> None:
    ticket_id = desk.open(sample("Complex"))
    ticket = desk.until_status(ticket_id, "resolved", "escalated", "waiting_for_requester")
    assert ticket["route"] == "complex"
    consulted = [step for step in ticket["steps"] if step["name"] == "consult"]
    assert len({step["agent"] for step in consulted}) == 3
    assert {step["outcome"] for step in consulted} == {"done"}


def test_a_requester_who_asks_for_a_person_gets_one(desk: Desk) -> None:
    text = "The VPN drops again and again. I do not want another automatic answer, I want to talk to a human being."
    ticket = desk.until_status(desk.open(sample(description=text)), "escalated")
    assert "person" in ticket["escalation"]["reason"]


def test_what_is_private_never_reaches_the_ticket_that_people_read(desk: Desk) -> None:
    ticket = desk.resolved(sample(subject="VPN drops, card 4111 1111 1111 1111"))
    assert "4111" not in ticket["subject"]
    assert "4111 1111" not in desk.api.get(f"/tickets/{ticket['id']}").text
