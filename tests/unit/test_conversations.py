"""Later words on a ticket: bursts, reopening, internal notes, an operator who takes over."""

from datetime import timedelta
from typing import Any

from shared import names
from shared.actions import UnlockAccount
from shared.thinking import Citation, Review
from tests.desk import (
    INSTANCE,
    desk,
    document,
    episode,
    message,
    plan,
    run,
    said,
    thought,
    triage,
)

OTHER = Citation(id="wifi", title="Wi-Fi", section="Try this")


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

    answers = iter([thought(plan()), thought(plan(answer="And this.", citations=(OTHER,)))])
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
    engine.activities[names.RESOLVE] = lambda _: thought(plan(answer="Something else.", citations=(OTHER,)))
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


def test_the_version_after_an_episode_is_left_to_the_sweep():
    """`closed` may have been published meanwhile; the next episode's first record must not be taken for it."""
    engine = desk()
    first = run(engine)
    second = names.ticket_instance("t1", 2)
    engine.start(names.RESOLVE_TICKET, second, episode(episode=2, previous=first, messages=(message("Again."),)))
    engine.run(timedelta(minutes=5))
    recorded = [given["version"] for given in engine.called(names.RECORD) if given["episode"] == 2]
    assert recorded[0] == first.version + 2
