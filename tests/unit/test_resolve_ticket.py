"""What becomes of a ticket, from its input to the document it ends with."""

from datetime import timedelta
from typing import Any

import pytest

from shared import names
from shared.actions import AddToGroup, UnlockAccount, action_hash
from shared.desk import Answered, TicketDocument
from shared.thinking import Finding, Review, Vote
from tests.desk import (
    INSTANCE,
    decided,
    desk,
    episode,
    message,
    plan,
    policy,
    said,
    screened,
    thought,
    ticket,
    triage,
)
from tests.engine import Engine


def document(engine: Engine, instance: str = INSTANCE) -> TicketDocument:
    found = engine.instances[instance]
    assert found.failure is None, found.failure
    assert found.ended, "the instance has not ended"
    return TicketDocument.model_validate(found.output)


def run(engine: Engine, **changes: Any) -> TicketDocument:
    engine.start(names.RESOLVE_TICKET, INSTANCE, episode(**changes))
    engine.run()
    return document(engine)


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


def test_a_message_during_thinking_sends_the_ticket_back_and_nothing_was_changed_before():
    unlock = plan(actions=(UnlockAccount(user_id="u-1"),))
    engine = desk(resolve=lambda _: thought(unlock))
    reviews: list[int] = []

    def review(_: Any) -> Any:
        if not reviews:
            engine.raise_event(INSTANCE, "inbox", said("Also the other laptop."))
        reviews.append(len(engine.called(names.APPLY)))
        return thought(Review(approved=True))

    engine.activities[names.REVIEW] = review
    ended = run(engine)
    assert reviews == [0, 0]
    assert engine.called(names.TRIAGE)[1]["messages"] == ["Also the other laptop."]
    assert len(engine.called(names.APPLY)) == 1
    assert ended.status == "resolved"


def test_a_burst_of_messages_is_one_turn():
    engine = desk()
    asked: list[Any] = []

    def triaged(given: Any) -> Any:
        if not asked:
            for number in range(5):
                delay = timedelta(seconds=number * 0.5)
                engine.at(delay, lambda n=number: engine.raise_event(INSTANCE, "inbox", said(f"more {n}")))
        asked.append(given["messages"])
        return thought(triage())

    engine.activities[names.TRIAGE] = triaged
    run(engine)
    assert asked[-1] == [f"more {number}" for number in range(5)]
    assert len(asked) == 2, "the first message interrupts, the others join its turn"


def test_a_message_at_the_very_end_starts_another_turn_of_the_same_episode():
    engine = desk()
    once = iter([True])

    def remember(_: Any) -> Any:
        if next(once, False):
            engine.raise_event(INSTANCE, "inbox", said("One more thing."))
        return {"degraded": None}

    answers = iter([thought(plan()), thought(plan(answer="And this.", citations=()))])
    engine.activities[names.RESOLVE] = lambda _: next(answers)
    engine.activities[names.REMEMBER] = remember
    ended = run(engine)
    assert len(engine.called(names.TRIAGE)) == 2
    assert engine.called(names.TRIAGE)[1]["earlier_answer"] == plan().answer
    assert [given["status"] for given in engine.called(names.RECORD)] == [
        "in_progress", "resolved", "in_progress", "resolved",
    ]  # fmt: skip
    assert ended.messages[0].text == "One more thing."


def test_a_message_delivered_twice_is_taken_once_and_confirmed_twice():
    engine = desk()

    def recall(given: Any) -> Any:
        if len(engine.called(names.RECALL)) == 1:
            for _ in range(2):
                engine.raise_event(INSTANCE, "inbox", said("Once.", delivery="message-1"))
        return {"profile": {"id": "u-1", "known": True}}

    engine.activities[names.RECALL] = recall
    ended = run(engine)
    assert [kept.text for kept in ended.messages] == ["Once."]
    assert engine.dropped.count(("message-1", "taken")) == 2


def test_a_follow_up_episode_knows_the_answer_that_went_before():
    engine = desk()
    first = run(engine)
    second = names.ticket_instance("t1", 2)
    engine.activities[names.RESOLVE] = lambda _: thought(plan(answer="Something else.", citations=()))
    engine.start(names.RESOLVE_TICKET, second, episode(episode=2, previous=first, messages=(message("Still broken."),)))
    engine.run()
    ended = document(engine, second)
    assert engine.called(names.TRIAGE)[-1]["earlier_answer"] == first.answer
    assert (ended.episode, ended.status, ended.answer) == (2, "resolved", "Something else.")
    assert ended.version > first.version


def test_the_same_answer_again_is_not_given_twice_but_a_person_looks():
    engine = desk()
    first = run(engine)
    second = names.ticket_instance("t1", 2)
    engine.start(names.RESOLVE_TICKET, second, episode(episode=2, previous=first, messages=(message("Still broken."),)))
    engine.run(timedelta(minutes=5))
    assert engine.instances[second].custom_status["status"] == "escalated"


def test_an_internal_note_on_a_resolved_ticket_reopens_nothing():
    engine = desk()
    first = run(engine)
    second = names.ticket_instance("t1", 2)
    note = message("Called back.", sender="operator", internal=True)
    engine.start(names.RESOLVE_TICKET, second, episode(episode=2, previous=first, messages=(note,)))
    engine.run()
    ended = document(engine, second)
    assert (ended.status, ended.answer, ended.resolved_at) == (first.status, first.answer, first.resolved_at)
    assert ended.messages[-1].text == "Called back."
    assert len(engine.called(names.TRIAGE)) == 1


def test_an_operator_who_writes_to_the_requester_takes_the_conversation_over():
    engine = desk()

    def recall(given: Any) -> Any:
        if len(engine.called(names.RECALL)) == 1:
            engine.raise_event(INSTANCE, "inbox", said("I am on it.", sender="operator"))
        return {"profile": {"id": "u-1", "known": True}}

    engine.activities[names.RECALL] = recall
    engine.start(names.RESOLVE_TICKET, INSTANCE, episode())
    engine.run(timedelta(minutes=5))
    assert engine.instances[INSTANCE].custom_status["status"] == "escalated"
    assert not engine.called(names.REPLY), "the machine does not talk over a person"


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


def test_the_version_after_an_episode_is_left_to_the_sweep():
    """`closed` may have been published meanwhile; the next episode's first record must not be taken for it."""
    engine = desk()
    first = run(engine)
    second = names.ticket_instance("t1", 2)
    engine.start(names.RESOLVE_TICKET, second, episode(episode=2, previous=first, messages=(message("Again."),)))
    engine.run(timedelta(minutes=5))
    recorded = [given["version"] for given in engine.called(names.RECORD) if given["episode"] == 2]
    assert recorded[0] == first.version + 2
