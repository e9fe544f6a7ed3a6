"""Voters advise on dangerous actions before a person is asked; what they say decides nothing."""

from datetime import timedelta
from typing import Any

from shared import names
from shared.actions import AddToGroup, UnlockAccount, action_hash
from shared.escalations import Advice
from shared.exchanged import Answered
from shared.thinking import Judgement, Review
from tests.desk import INSTANCE, decided, desk, plan, policy, run, said, thought
from tests.engine import Activity, Engine, Slow

RISKY = plan(actions=(AddToGroup(user_id="u-1", group="finance"),))


def judging(**views: bool | None) -> Any:
    def weigh(given: Any) -> Any:
        return thought(Judgement(fitting=views[given["role"]], confidence=0.7, why="looks so"), given["role"])

    return weigh


def always(answer: Any) -> Activity:
    return lambda _: answer


def risky_desk(**overrides: Any) -> Engine:
    """A desk whose plan is dangerous; a person approves it after an hour."""
    engine = desk(resolve=lambda _: thought(RISKY), **overrides)
    approve = decided("approve", action_hash=action_hash(RISKY.actions))
    engine.at(timedelta(hours=1), lambda: engine.raise_event(INSTANCE, "inbox", approve))
    return engine


def advice(engine: Engine, **changes: Any) -> Advice:
    ended = run(engine, **changes)
    assert ended.status == "resolved"
    assert ended.escalation is not None
    assert ended.escalation.advice is not None
    return ended.escalation.advice


def test_the_votes_are_laid_out_for_the_person_in_the_escalation_and_the_notification():
    engine = risky_desk(weigh=judging(grounds=True, person=True, least=False))
    given = advice(engine)
    assert given.says == "fitting"
    assert [(one.voter, one.fitting, one.why) for one in given.opinions] == [
        ("grounds", True, "looks so"),
        ("person", True, "looks so"),
        ("least", False, "looks so"),
    ]
    told = next(sent["text"] for sent in engine.called(names.NOTIFY) if sent["event"] == "escalated")
    assert "voters on the actions: fitting" in told
    assert "least: not fitting. looks so" in told


def test_voters_see_the_plan_and_none_sees_another():
    engine = risky_desk()
    advice(engine)
    asked = engine.called(names.WEIGH)
    assert sorted(given["role"] for given in asked) == sorted(names.RISK_VOTERS)
    assert all(given["draft"]["actions"][0]["group"] == "finance" for given in asked)
    own = {"role", "_deadline"}
    assert len({str({key: value for key, value in given.items() if key not in own}) for given in asked}) == 1


def test_a_unanimous_vote_approves_nothing():
    engine = desk(resolve=lambda _: thought(RISKY), weigh=judging(grounds=True, person=True, least=True))
    reject = decided("reject", note="No.")
    engine.at(timedelta(minutes=5), lambda: engine.raise_event(INSTANCE, "inbox", reject))
    assert run(engine).answer == "No."
    assert not engine.called(names.APPLY)


def test_voters_against_it_do_not_keep_a_person_from_approving():
    engine = risky_desk(weigh=judging(grounds=False, person=False, least=False))
    assert advice(engine).says == "not fitting"
    assert len(engine.called(names.APPLY)) == 1


def test_a_voter_that_fails_is_shown_and_the_others_count():
    def weigh(given: Any) -> Any:
        if given["role"] == "person":
            return Answered(refused="the model's content filter refused the ticket")
        return thought(Judgement(fitting=True, confidence=0.7, why="fits"), given["role"])

    given = advice(risky_desk(weigh=weigh))
    assert given.says == "fitting"
    assert given.opinions[1].fitting is None
    assert "content filter" in (given.opinions[1].error or "")


def test_without_any_vote_a_person_is_asked_all_the_same():
    given = advice(risky_desk(weigh=always(Answered(refused="no model"))))
    assert given.says == "undecided"
    assert all(opinion.error == "no model" for opinion in given.opinions)


def test_a_harmless_plan_costs_no_vote():
    engine = desk(resolve=lambda _: thought(plan(actions=(UnlockAccount(user_id="u-1"),))))
    ended = run(engine)
    assert not engine.called(names.WEIGH)
    assert ended.usage.model_calls == 3


def test_a_dangerous_plan_that_the_reviewer_refused_is_weighed_before_a_person_sees_it():
    engine = risky_desk(review=always(thought(Review(approved=False, problems=("too much",)))))
    assert advice(engine).says == "fitting"
    assert len(engine.called(names.WEIGH)) == len(names.RISK_VOTERS)


def test_the_ticket_counts_what_the_votes_cost_and_lists_them_as_steps():
    ended = run(risky_desk())
    assert [step.name for step in ended.steps].count(names.WEIGH) == len(names.RISK_VOTERS)
    assert ended.usage.model_calls == 3 + len(names.RISK_VOTERS)


def test_a_message_that_comes_in_while_they_vote_is_thought_about_first():
    slow = Slow(timedelta(seconds=10), thought(Judgement(fitting=True, confidence=0.7, why="fits")))
    engine = risky_desk(weigh=always(slow))
    message = said("Make that read-only, please.")
    engine.at(timedelta(seconds=5), lambda: engine.raise_event(INSTANCE, "inbox", message))
    advice(engine)
    assert len(engine.called(names.TRIAGE)) == 2


def test_votes_can_be_turned_off():
    engine = risky_desk()
    ended = run(engine, policy=policy(risk_votes=False))
    assert not engine.called(names.WEIGH)
    assert ended.escalation is not None
    assert ended.escalation.advice is None
