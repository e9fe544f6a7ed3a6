"""Approving a change: the exact one, in time, by somebody else than who asked, and by two where a setting says so."""

from datetime import timedelta
from typing import Any

import pytest

from shared import names
from shared.actions import Action, AddToGroup, UnlockAccount, action_hash
from shared.approvals import approvals_needed, is_requester
from shared.desk import TicketDocument
from shared.escalations import Escalation
from shared.tickets import Decision, InboxItem, Requester
from tests.desk import INSTANCE, OPENED_AT, desk, document, episode, plan, policy, thought
from tests.engine import Engine

RISKY = (AddToGroup(user_id="u-1", group="finance"),)
EXPIRES_S = 900
TWO = {"four_eyes": ("add_to_group",)}


def waiting(**changes: Any) -> Engine:
    engine = desk(resolve=lambda _: thought(plan(actions=RISKY)))
    under = policy(**({"rungs_s": (600, 1200), "approval_expires_s": EXPIRES_S} | changes))
    engine.start(names.RESOLVE_TICKET, INSTANCE, episode(policy=under))
    return engine


def decide(engine: Engine, after_s: float, decision: str = "approve", by: str = "ada", **more: Any) -> None:
    at = OPENED_AT + timedelta(seconds=after_s)
    values = {"id": f"{by}-{after_s}", "by": by, "decision": decision, "at": at, "action_hash": action_hash(RISKY)}
    item = InboxItem(decision=Decision.model_validate(values | more))
    engine.at(timedelta(seconds=after_s), lambda: engine.raise_event(INSTANCE, "inbox", item.model_dump(mode="json")))


def shown(engine: Engine) -> Escalation:
    escalation = TicketDocument.model_validate(engine.called(names.RECORD)[-1]).escalation
    assert escalation is not None
    return escalation


def refusals(engine: Engine) -> list[tuple[str, str]]:
    return [(refusal.by, refusal.why) for refusal in shown(engine).refused]


def told(engine: Engine) -> list[str]:
    return [given["event"] for given in engine.called(names.NOTIFY)]


def test_one_persons_approval_is_carried_out_and_says_whose_it_was():
    engine = waiting()
    decide(engine, 60, by="ada")
    engine.run()
    (applied,) = engine.called(names.APPLY)
    assert (applied["approved_by"], applied["requester_id"]) == (["ada"], "u-1")
    assert [approval.by for approval in shown(engine).approvals] == ["ada"]


@pytest.mark.parametrize("by", ["u-1", "U-1", "one@example.com", "ONE@example.com"])
def test_nobody_approves_what_they_have_asked_for_themselves(by: str):
    engine = waiting()
    decide(engine, 60, by=by)
    engine.run(timedelta(seconds=120))
    assert engine.called(names.APPLY) == []
    assert refusals(engine) == [(by, "nobody approves what they have asked for themselves")]
    assert engine.instances[INSTANCE].custom_status["status"] == "escalated"


def test_an_altered_approval_is_refused():
    engine = waiting()
    other = action_hash((AddToGroup(user_id="u-1", group="people-confidential"),))
    decide(engine, 60, action_hash=other)
    engine.run(timedelta(seconds=120))
    assert engine.called(names.APPLY) == []
    assert refusals(engine) == [("ada", "the actions are not those that were approved")]


def test_an_approval_that_nobody_gave_in_time_is_asked_anew_under_another_hash():
    engine = waiting()
    engine.run(timedelta(seconds=EXPIRES_S + 1))
    assert "approval_expired" in told(engine)
    assert shown(engine).action_hash == action_hash(RISKY, 2)
    assert shown(engine).id.startswith("1-2-")
    assert engine.instances[INSTANCE].custom_status["escalation_id"] == shown(engine).id


def test_an_expired_approval_is_refused_and_one_of_what_is_asked_now_counts():
    engine = waiting()
    decide(engine, EXPIRES_S + 5, by="late")
    decide(engine, EXPIRES_S + 60, by="ada", action_hash=action_hash(RISKY, 2))
    engine.run()
    assert [given["approved_by"] for given in engine.called(names.APPLY)] == [["ada"]]
    assert refusals(engine) == [("late", "the actions are not those that were approved")]


def test_expiry_stops_no_rung():
    engine = waiting()
    engine.run(timedelta(seconds=1801))
    assert [event for event in told(engine) if event != "approval_expired"] == ["escalated", "rung", "breached"]


def test_what_changes_nothing_does_not_expire():
    engine = desk(resolve=lambda _: thought(plan(outcome="escalate", answer="", reason="no idea")))
    engine.start(names.RESOLVE_TICKET, INSTANCE, episode(policy=policy(approval_expires_s=60)))
    engine.run(timedelta(days=2))
    assert "approval_expired" not in told(engine)
    assert shown(engine).expires_at is None


def test_where_a_setting_asks_for_it_two_different_people_must_approve():
    engine = waiting(**TWO)
    decide(engine, 60, by="ada")
    decide(engine, 70, by="ADA")
    engine.run(timedelta(seconds=100))
    assert engine.called(names.APPLY) == []
    assert told(engine)[-1] == "approved_once"
    assert refusals(engine) == [("ADA", "ADA has approved already: another person must")]
    decide(engine, 200, by="bob")
    engine.run()
    assert [given["approved_by"] for given in engine.called(names.APPLY)] == [["ada", "bob"]]


def test_the_first_of_two_approvals_expires_with_what_was_asked():
    engine = waiting(**TWO)
    decide(engine, 60, by="ada")
    decide(engine, EXPIRES_S + 60, by="bob", action_hash=action_hash(RISKY, 2))
    engine.run(timedelta(seconds=EXPIRES_S + 120))
    assert engine.called(names.APPLY) == []
    assert [approval.by for approval in shown(engine).approvals] == ["bob"]


def test_between_two_approvals_a_person_may_still_say_no():
    engine = waiting(**TWO)
    decide(engine, 60, by="ada")
    decide(engine, 70, "reject", by="bob", note="Not this group.")
    engine.run()
    assert (document(engine).answer, engine.called(names.APPLY)) == ("Not this group.", [])


def test_a_decision_that_is_delivered_twice_counts_once_and_is_not_listed_as_refused():
    engine = waiting(**TWO)
    decide(engine, 60, by="ada")
    decide(engine, 61, by="ada", id="ada-60")
    engine.run(timedelta(seconds=100))
    assert refusals(engine) == []


def test_a_decision_that_came_too_late_is_listed_in_an_episode_that_does_nothing_else():
    engine = waiting()
    decide(engine, 60, by="ada")
    engine.run()
    late = Decision.model_validate({"decision": "close", "by": "bob", "id": "bob", "at": OPENED_AT})
    following = names.ticket_instance("t1", 2)
    engine.start(names.RESOLVE_TICKET, following, episode(episode=2, previous=document(engine), decisions=(late,)))
    engine.run()
    ended = document(engine, following)
    assert ended.status == "resolved"
    assert ended.escalation is not None
    assert [(refusal.by, refusal.why) for refusal in ended.escalation.refused] == [("bob", "approve by ada came first")]
    assert len(engine.called(names.APPLY)) == 1


@pytest.mark.parametrize(
    ("actions", "people"), [((), 1), ((UnlockAccount(user_id="u-2"),), 1), ((UnlockAccount(user_id="u-2"), *RISKY), 2)]
)
def test_two_are_needed_when_any_of_the_actions_is_of_such_a_kind(actions: tuple[Action, ...], people: int):
    assert approvals_needed(actions, ("add_to_group",)) == people


def test_a_requester_who_writes_an_operators_name_into_the_ticket_keeps_nobody_out():
    assert not is_requester("operator", Requester(id="u-1", name="operator"))
