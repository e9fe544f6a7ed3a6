"""What becomes of a ticket, from its input to the document it ends with."""

from datetime import timedelta
from typing import Any

import pytest

from shared import names
from shared.actions import AddToGroup, SetTicketFields, UnlockAccount, action_hash
from shared.exchanged import Answered
from shared.thinking import Finding, Review, Vote
from tests.desk import (
    INSTANCE,
    decided,
    desk,
    plan,
    policy,
    run,
    screened,
    thought,
    ticket,
    triage,
)


def test_a_simple_ticket_is_answered_with_three_model_calls():
    ended = run(desk())
    assert (ended.status, ended.route, ended.priority, ended.category) == (
        "resolved",
        "simple",
        "P4",
        "network",
    )
    assert ended.answer == "Forget the network and join again."
    assert [citation.id for citation in ended.citations] == ["vpn"]
    assert ended.usage.model_calls == 3
    assert [step.name for step in ended.steps] == [
        "screen", "recall", "triage", "resolve", "review", "reply", "remember",
    ]  # fmt: skip


def test_every_change_of_status_is_recorded_with_a_higher_version():
    engine = desk()
    run(engine)
    recorded = [(given["status"], given["version"]) for given in engine.called(names.RECORD)]
    assert recorded == [("in_progress", 1), ("resolved", 2)]


def test_the_custom_status_stays_tiny():
    engine = desk()
    run(engine)
    assert engine.instances[INSTANCE].custom_status == {
        "status": "resolved",
        "version": 2,
        "escalation_id": None,
    }


def test_a_ticket_that_is_none_ends_without_a_model_call():
    engine = desk(screen=lambda given: screened(given, "not_a_ticket", ("automatic reply",)))
    ended = run(engine)
    assert (ended.status, ended.route, ended.usage.model_calls) == ("resolved", "not_a_ticket", 0)
    assert not engine.called(names.REPLY)


def test_a_hostile_ticket_goes_to_a_person_before_any_model_sees_it():
    engine = desk(screen=lambda given: screened(given, "unsafe", ("gives orders to the agent",)))
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, "inbox", decided("close")))
    ended = run(engine)
    assert (ended.status, ended.route) == ("closed", "screened_out")
    assert ended.escalation is not None
    assert "gives orders" in ended.escalation.reason
    assert ended.usage.model_calls == 0


def test_the_reviewer_may_ask_for_two_revisions_then_a_person_decides():
    engine = desk(review=lambda _: thought(Review(approved=False, problems=("cites nothing",))))
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, "inbox", decided("answer", answer="Do X.")))
    ended = run(engine)
    assert len(engine.called(names.RESOLVE)) == 3
    assert engine.called(names.RESOLVE)[1]["problems"] == ["cites nothing"]
    assert (ended.status, ended.answer) == ("resolved", "Do X.")
    assert ended.citations == (), "a person's own answer carries none of the model's citations"


def test_an_answer_that_nothing_supports_reaches_nobody_unless_a_person_agrees():
    engine = desk(resolve=lambda _: thought(plan(citations=())))
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, "inbox", decided("answer", answer="Do X.")))
    ended = run(engine)
    assert ended.escalation is not None
    assert "cites no passage" in ended.escalation.reason
    assert (ended.status, ended.answer) == ("resolved", "Do X.")


def test_an_answer_that_is_not_sure_enough_waits_for_a_person_with_its_arithmetic():
    engine = desk(triage=lambda _: thought(triage(confidence=0.65)), resolve=lambda _: thought(plan(confidence=0.8)))
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, "inbox", decided("answer", answer="Do X.")))
    ended = run(engine, policy=policy(auto_resolve_floor=0.55))
    assert ended.escalation is not None
    assert "= 0.52, below 0.55" in ended.escalation.reason
    assert (ended.status, ended.answer) == ("resolved", "Do X.")


def test_a_harmless_action_is_carried_out_without_asking():
    unlock = plan(actions=(UnlockAccount(user_id="u-1"),))
    engine = desk(resolve=lambda _: thought(unlock))
    ended = run(engine)
    assert [result.kind for result in ended.actions] == ["unlock_account"]
    assert ended.escalation is None


def test_a_dangerous_action_waits_for_the_approval_of_exactly_that_action():
    risky = plan(actions=(AddToGroup(user_id="u-1", group="finance"),))
    engine = desk(resolve=lambda _: thought(risky))
    shown = action_hash(risky.actions)
    approve = decided("approve", action_hash=shown)
    other = decided("approve", by="hasty", action_hash="0" * 64)
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, "inbox", other))
    engine.at(timedelta(minutes=2), lambda: engine.raise_event(INSTANCE, "inbox", approve))
    ended = run(engine)
    assert ended.escalation is not None
    assert ended.escalation.action_hash == shown
    assert [refusal.by for refusal in ended.escalation.refused] == ["hasty"]
    assert [given["action"]["group"] for given in engine.called(names.APPLY)] == ["finance"]
    assert ended.status == "resolved"


def test_a_rejected_action_is_not_carried_out_and_the_requester_is_told():
    risky = plan(actions=(AddToGroup(user_id="u-1", group="finance"),))
    engine = desk(resolve=lambda _: thought(risky))
    reject = decided("reject", note="Ask the owner of the share first.")
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, "inbox", reject))
    ended = run(engine)
    assert not engine.called(names.APPLY)
    assert (ended.status, ended.answer) == ("resolved", "Ask the owner of the share first.")


def test_an_action_that_cannot_be_carried_out_goes_to_a_person():
    unlock = plan(actions=(UnlockAccount(user_id="u-1"),))
    engine = desk(resolve=lambda _: thought(unlock), apply=lambda _: Answered(refused="unknown user"))
    engine.at(
        timedelta(minutes=1),
        lambda: engine.raise_event(INSTANCE, "inbox", decided("answer", answer="By hand.")),
    )
    ended = run(engine)
    assert ended.answer == "By hand."
    assert ended.escalation is not None
    assert "unknown user" in ended.escalation.reason


def test_a_complex_ticket_is_looked_at_by_all_specialists():
    engine = desk(triage=lambda _: thought(triage(complexity="complex")))
    ended = run(engine)
    assert ended.route == "complex"
    assert sorted(given["role"] for given in engine.called(names.CONSULT)) == sorted(names.SPECIALISTS)
    assert len(engine.called(names.RESOLVE)[0]["findings"]) == len(names.SPECIALISTS)


def test_a_specialist_that_fails_is_named_and_the_others_count():
    def consult(given: Any) -> Any:
        if given["role"] == "history":
            return Answered(refused="no history here")
        return thought(Finding(summary="found", confidence=0.5))

    engine = desk(triage=lambda _: thought(triage(complexity="complex")), consult=consult)
    ended = run(engine)
    assert ended.degraded == ("specialist:history",)
    assert len(engine.called(names.RESOLVE)[0]["findings"]) == 2


def test_specialists_with_a_server_take_part_where_it_is_set():
    engine = desk(triage=lambda _: thought(triage(complexity="complex")))
    everybody = (*names.SPECIALISTS, *names.OUTSIDE_SPECIALISTS)
    run(engine, policy=policy(specialists=everybody))
    assert [given["role"] for given in engine.called(names.CONSULT)] == list(everybody)
    assert len(engine.called(names.RESOLVE)[0]["findings"]) == len(everybody)


def test_what_a_specialist_had_to_do_without_is_named_on_the_ticket():
    without = {"degraded": ["mcp:github"]}
    found = thought(Finding(summary="found", confidence=0.5))
    engine = desk(triage=lambda _: thought(triage(complexity="complex")), consult=lambda _: found | without)
    assert run(engine).degraded == ("mcp:github",)


def disagreeing(given: Any) -> Any:
    remedy = {"knowledge": "steps", "incidents": "wait", "history": "unknown"}[given["role"]]
    return thought(Finding.model_validate({"summary": f"do {remedy}", "confidence": 0.7, "remedy": remedy}))


def test_specialists_who_disagree_talk_it_over_and_the_resolver_hears_what_it_came_to():
    engine = desk(triage=lambda _: thought(triage(complexity="complex")), consult=disagreeing)
    ended = run(engine)
    heard = engine.called(names.MODERATE)[0]
    assert "incidents: wait, knowledge: steps" in heard["question"]
    assert [line["speaker"] for line in heard["transcript"]][:2] == ["knowledge specialist", "incidents specialist"]
    findings = engine.called(names.RESOLVE)[0]["findings"]
    assert len(findings) == len(names.SPECIALISTS) + 1
    assert "talked it over, settled: So it is." in findings[-1]["summary"]
    assert [step.name for step in ended.steps].count(names.SPEAK) == 3
    assert ended.status == "resolved"


def test_specialists_who_agree_do_not_talk():
    engine = desk(triage=lambda _: thought(triage(complexity="complex")))
    run(engine)
    assert not engine.called(names.MODERATE)


def test_a_discussion_that_fails_is_named_and_the_ticket_goes_on():
    broken = Answered(refused="no moderator")
    engine = desk(
        triage=lambda _: thought(triage(complexity="complex")), consult=disagreeing, moderate=lambda _: broken
    )
    ended = run(engine)
    assert (ended.status, ended.degraded) == ("resolved", ("discussion",))
    assert len(engine.called(names.RESOLVE)[0]["findings"]) == len(names.SPECIALISTS)


def test_a_doubtful_ticket_is_decided_by_a_majority_of_voters():
    def vote(given: Any) -> Any:
        category = "printing" if given["role"] != "keywords" else "network"
        return thought(Vote(category=category, confidence=0.5, why="guess"))

    engine = desk(triage=lambda _: thought(triage(confidence=0.2)), vote=vote)
    ended = run(engine)
    assert (ended.category, ended.route, ended.status) == ("printing", "simple", "resolved")
    assert ended.usage.model_calls == 6


def test_voters_who_cannot_agree_leave_it_to_a_person():
    votes = dict(zip(names.VOTERS, ("network", "printing", "mobile"), strict=True))

    def vote(given: Any) -> Any:
        return thought(Vote.model_validate({"category": votes[given["role"]], "confidence": 0.5, "why": "guess"}))

    engine = desk(triage=lambda _: thought(triage(confidence=0.2)), vote=vote)
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, "inbox", decided("answer", answer="Hi.")))
    ended = run(engine)
    assert ended.route == "doubtful"
    assert ended.escalation is not None
    assert "no majority" in ended.escalation.reason


def test_a_requester_who_asks_for_a_person_gets_one():
    engine = desk(triage=lambda _: thought(triage(wants_person=True)))
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, "inbox", decided("answer", answer="Hi.")))
    assert run(engine).route == "escalated"


def test_a_question_back_pauses_the_clock_and_ends_the_episode():
    engine = desk(resolve=lambda _: thought(plan(outcome="ask_requester", answer="Which VPN?", citations=())))
    ended = run(engine)
    assert (ended.status, ended.answer, ended.resolved_at) == ("waiting_for_requester", "Which VPN?", None)
    assert ended.clocks.resolution.pauses[-1].ended_at is None
    assert ended.clocks.first_response.stopped_at is not None


def test_a_step_that_fails_now_and_then_is_tried_again_with_growing_delay():
    failures = iter([ConnectionError("cut"), ConnectionError("cut again")])

    def flaky(_: Any) -> Any:
        if (error := next(failures, None)) is not None:
            raise error
        return thought(triage())

    engine = desk(triage=flaky)
    began = engine.now
    assert run(engine).status == "resolved"
    assert engine.now - began == timedelta(seconds=5 + 10)


def test_a_throttled_model_is_left_alone_as_long_as_it_asked():
    throttled = iter([Answered(error="429", retry_after_s=42)])
    engine = desk(triage=lambda _: next(throttled, None) or thought(triage()))
    began = engine.now
    assert run(engine).status == "resolved"
    assert engine.now - began == timedelta(seconds=42)


@pytest.mark.parametrize("step", [names.SCREEN, names.RECALL, names.TRIAGE, names.RESOLVE, names.REVIEW])
def test_a_step_that_keeps_failing_hands_the_ticket_to_a_person(step: str):
    def broken(_: Any) -> Any:
        raise ConnectionError("gone")

    engine = desk(**{step: broken})
    engine.at(timedelta(hours=1), lambda: engine.raise_event(INSTANCE, "inbox", decided("answer", answer="Hi.")))
    ended = run(engine)
    assert len(engine.called(step)) == 4, "once, and three retries"
    assert ended.escalation is not None
    assert ended.escalation.reason == f"{step} failed: gone"
    assert ended.status == "resolved"


@pytest.mark.parametrize("step", [names.RECORD, names.NOTIFY, names.REPLY, names.REMEMBER])
def test_a_side_effect_that_keeps_failing_does_not_hold_the_ticket_up(step: str):
    def broken(_: Any) -> Any:
        raise ConnectionError("gone")

    engine = desk(**{step: broken}, screen=lambda given: screened(given, "unsafe", ("odd",)))
    engine.at(timedelta(hours=1), lambda: engine.raise_event(INSTANCE, "inbox", decided("answer", answer="Hi.")))
    ended = run(engine)
    assert ended.status == "resolved"
    assert ended.answer == "Hi."
    assert ended.degraded, "what went missing is named on the ticket"


def test_a_ticket_of_a_batch_tells_it_once_when_it_settles():
    engine = desk(screen=lambda given: screened(given, "unsafe", ("odd",)))
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, "inbox", decided("answer", answer="Hi.")))
    run(engine, ticket=ticket(batch_id="b1"))
    assert engine.dropped == [("batch-b1", "settled")]


def test_a_card_number_in_the_subject_is_masked_on_the_document():
    ended = run(desk(), ticket=ticket(subject="Charged twice on 4111 1111 1111 1111"))
    assert "4111" not in ended.subject


def test_the_policy_of_the_start_counts_and_not_that_of_today():
    ended = run(desk(), policy=policy(reopen_window_s=60))
    assert ended.closes_at is not None
    assert ended.resolved_at is not None
    assert ended.closes_at - ended.resolved_at == timedelta(seconds=60)


def test_a_plan_may_change_fields_of_the_ticket_which_then_has_them():
    engine = desk(resolve=lambda _: thought(plan(actions=(SetTicketFields(category="hardware"),))))
    ended = run(engine)
    (applied,) = engine.called(names.APPLY)
    assert (applied["fields"], applied["approved_by"]) == ({"category": "network"}, [])
    assert (ended.status, ended.category) == ("resolved", "hardware")
    assert engine.called(names.RECORD)[-1]["category"] == "hardware"


def test_to_raise_the_priority_takes_a_person_and_the_clocks_follow():
    actions = (SetTicketFields(priority="P1", assigned_to="second-line"),)
    engine = desk(resolve=lambda _: thought(plan(actions=actions)))
    approve = decided("approve", action_hash=action_hash(actions))
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, "inbox", approve))
    plain, ended = run(desk()), run(engine)
    assert (plain.priority, ended.priority, ended.assigned_to) == ("P4", "P1", "second-line")
    assert (plain.clocks.resolution.target_s, ended.clocks.resolution.target_s) == (259_200, 7_200)
