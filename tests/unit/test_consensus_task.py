"""A free question put to the vote, and what happens where no vote decides it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared import names
from shared.collaboration import Ballot
from shared.deadline import DEADLINE_KEY
from shared.exchanged import Answered
from shared.tasks import TaskDecision
from shared.voting import ConsensusResult
from tests.collaboration import crew, run, start, state
from tests.desk import OPENED_AT, policy, thought
from tests.engine import Engine, Slow
from tests.tasks import INSTANCE

QUESTION: dict[str, Any] = {"question": "Roll the update back?", "options": ["yes", "no"]}


def ballot(choice: str | None) -> Any:
    return thought(Ballot(choice=choice, confidence=0.6, why="so"))


def split() -> Engine:
    votes = {"passages": "yes", "wording": "no", "caution": None}
    return crew(cast_ballot=lambda given: ballot(votes[given["role"]]))


def decided(choice: str, by: str = "operator") -> dict[str, Any]:
    return TaskDecision(id=by, asked="1", decision=choice, by=by, at=OPENED_AT).model_dump(mode="json")


def result(engine: Engine) -> ConsensusResult:
    return ConsensusResult.model_validate(state(engine).result)


def test_voters_who_agree_decide():
    engine = crew()
    ended = run(engine, "consensus", QUESTION)
    found = result(engine)
    assert (found.outcome, found.decided_by, found.tally) == ("yes", "vote", {"yes": 3.0})
    assert set(found.votes) == {"passages", "wording", "caution"}
    assert ended.usage.model_calls == 3
    assert not engine.called(names.NOTIFY)


def test_no_voter_is_told_what_another_said():
    engine = crew()
    run(engine, "consensus", QUESTION)
    asked = engine.called(names.CAST_BALLOT)
    apart: dict[str, Any] = {"role": "", DEADLINE_KEY: None}
    assert all(given | apart == asked[0] | apart for given in asked)
    assert '"so"' not in json.dumps(asked)


def test_a_failed_voter_is_tolerated_and_named():
    def cast(given: Any) -> Any:
        if given["role"] == "caution":
            raise ConnectionError("gone")
        return ballot("no")

    engine = crew(cast_ballot=cast)
    run(engine, "consensus", QUESTION)
    assert (result(engine).outcome, result(engine).silent) == ("no", ("caution",))


def test_a_late_voter_does_not_hold_the_vote_up():
    def cast(given: Any) -> Any:
        return Slow(timedelta(hours=1), ballot("no")) if given["role"] == "caution" else ballot("yes")

    engine = crew(cast_ballot=cast)
    began = engine.now
    ended = run(engine, "consensus", QUESTION)
    assert result(engine).outcome == "yes"
    assert ended.updated_at == began + timedelta(seconds=30)


def test_a_tie_waits_for_a_person_who_sees_the_votes():
    engine = split()
    start(engine, "consensus", QUESTION)
    engine.run(timedelta(minutes=1))
    waiting = engine.instances[INSTANCE].custom_status
    assert waiting["status"] == "waiting"
    assert waiting["asks"]["choices"] == ["yes", "no"]
    votes = {name: cast["choice"] for name, cast in waiting["asks"]["laid_out"]["ballots"].items()}
    assert votes == {"passages": "yes", "wording": "no", "caution": None}
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, names.INBOX_EVENT, decided("no")))
    engine.run()
    assert (result(engine).outcome, result(engine).decided_by) == ("no", "operator")


def test_without_a_quorum_a_person_decides():
    engine = crew(cast_ballot=lambda _: Answered(refused="no model"))
    start(engine, "consensus", QUESTION)
    engine.run(timedelta(minutes=1))
    assert "no quorum" in engine.instances[INSTANCE].custom_status["asks"]["question"]


def test_a_person_who_does_not_answer_is_reminded_and_nothing_is_decided_silently():
    engine = split()
    start(engine, "consensus", QUESTION, policy=policy(rungs_s=(600, 1200)))
    engine.run(timedelta(days=3))
    assert engine.instances[INSTANCE].custom_status["status"] == "waiting"
    assert engine.instances[INSTANCE].custom_status["asks"]["breached"]
    events = [given["event"] for given in engine.called(names.NOTIFY)]
    assert events[:4] == ["escalated", "rung", "breached", "reminder"]


def test_an_option_that_is_none_does_not_end_the_wait():
    engine = split()
    start(engine, "consensus", QUESTION)
    engine.at(timedelta(minutes=1), lambda: engine.raise_event(INSTANCE, names.INBOX_EVENT, decided("maybe")))
    engine.at(timedelta(minutes=2), lambda: engine.raise_event(INSTANCE, names.INBOX_EVENT, decided("yes", "second")))
    engine.run()
    assert result(engine).decided_by == "second"


@pytest.mark.parametrize(
    ("rule", "quorum", "status"),
    [
        ("majority", None, "completed"),
        ("majority", 3, "completed"),
        ("weighted", None, "completed"),
        ("unanimous", None, "waiting"),
    ],
)
def test_rule_and_quorum_are_the_callers(rule: str, quorum: int | None, status: str):
    votes = {"passages": "yes", "wording": "yes", "caution": "no"}
    engine = crew(cast_ballot=lambda given: ballot(votes[given["role"]]))
    start(engine, "consensus", {**QUESTION, "rule": rule, "quorum": quorum})
    engine.run(timedelta(minutes=1))
    assert engine.instances[INSTANCE].custom_status["status"] == status
