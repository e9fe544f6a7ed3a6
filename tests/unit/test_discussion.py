"""A group chat: who speaks is the moderator's choice, and it always ends."""

from datetime import timedelta
from typing import Any

from orchestrations.patterns.group_chat import ROUNDS, TRANSCRIPT_CHARS, bounded
from shared import names
from shared.collaboration import Conclusion, Contribution, Line, Moderation
from shared.exchanged import Answered
from shared.tasks import TaskStep
from tests.collaboration import crew, run, state
from tests.desk import moderation, thought
from tests.engine import Engine

QUESTION: dict[str, Any] = {"question": "Is it the gateway or the laptop?"}


def result(engine: Engine) -> Conclusion:
    ended = state(engine)
    assert ended.status == "completed", ended.error
    return Conclusion.model_validate(ended.result)


def endless(given: Any) -> Any:
    """A moderator who is never content, and always gives the floor to the first."""
    conclusion = "" if given["rounds_left"] else "Still open."
    speaker = next(iter(given["participants"]), None)
    return thought(Moderation(settled=False, conclusion=conclusion, next_speaker=speaker, why="go on"))


def test_the_moderator_chooses_who_speaks_and_ends_it_when_it_is_settled():
    engine = crew()
    run(engine, "discussion", QUESTION)
    found = result(engine)
    assert [line.speaker for line in found.transcript] == ["documentation", "github", "operations"]
    assert (found.settled, found.conclusion, found.rounds) == (True, "So it is.", 3)


def test_every_turn_is_one_durable_activity():
    engine = crew()
    run(engine, "discussion", QUESTION)
    made = [name for name, _ in engine.calls if name in (names.MODERATE, names.SPEAK)]
    assert made == [names.MODERATE, names.SPEAK] * 3 + [names.MODERATE]


def test_each_speaker_hears_what_was_said_before():
    engine = crew()
    run(engine, "discussion", QUESTION)
    heard = [[line["speaker"] for line in given["transcript"]] for given in engine.called(names.SPEAK)]
    assert heard == [[], ["documentation"], ["documentation", "github"]]


def test_a_chat_that_is_never_settled_ends_after_the_round_limit_with_what_there_is():
    engine = crew(moderate=endless)
    run(engine, "discussion", QUESTION)
    found = result(engine)
    assert (found.settled, found.conclusion, found.rounds) == (False, "Still open.", ROUNDS)
    assert len(engine.called(names.SPEAK)) == ROUNDS
    assert engine.called(names.MODERATE)[-1]["rounds_left"] == 0


def test_a_participant_that_fails_is_not_asked_again_and_the_transcript_says_so():
    def speak(given: Any) -> Any:
        if given["role"] == "github":
            return Answered(refused="no access")
        return thought(Contribution(text="well", agrees=False, confidence=0.5))

    engine = crew(speak=speak)
    run(engine, "discussion", QUESTION)
    assert "(cannot take part: no access)" in [line.text for line in result(engine).transcript]
    assert engine.called(names.MODERATE)[-1]["participants"] == ["documentation", "operations"]


def test_when_nobody_can_speak_it_ends():
    engine = crew(speak=lambda _: Answered(refused="no model"), moderate=endless)
    run(engine, "discussion", {**QUESTION, "participants": ["github", "operations"]})
    assert (result(engine).settled, result(engine).rounds) == (False, 2)


def test_a_moderator_who_names_a_stranger_fails_the_task_and_its_dead_letter_names_the_step():
    ruling = Moderation(settled=False, conclusion="", next_speaker="nobody", why="")
    engine = crew(moderate=lambda _: thought(ruling))
    ended = run(engine, "discussion", QUESTION)
    assert ended.status == "failed"
    assert "nobody" in str(ended.error)
    assert engine.called(names.GIVE_UP_TASK)[0]["step"] == names.MODERATE


def test_a_chat_taken_up_again_asks_nobody_twice():
    engine = crew()
    first = run(engine, "discussion", QUESTION)
    again = crew()
    done = tuple(TaskStep.model_validate(step) for step in first.steps[:4])
    run(again, "discussion", QUESTION, done=done)
    assert len(again.called(names.SPEAK)) == 1
    assert result(again) == result(engine)


def test_the_transcript_keeps_the_newest_lines_within_its_bound():
    lines = [Line(speaker="a", text="x" * 3_000) for _ in range(10)]
    kept = bounded(lines)
    assert sum(len(line.text) for line in kept) <= TRANSCRIPT_CHARS
    assert bounded([Line(speaker="a", text="x" * 9_999)]), "one line is kept, however long"


def test_the_history_of_a_long_chat_stays_small():
    long = Contribution(text="x" * 2_000, agrees=False, confidence=0.5)
    engine = crew(speak=lambda _: thought(long), moderate=endless)
    run(engine, "discussion", QUESTION)
    assert max(len(str(given)) for _, given in engine.calls if "transcript" in given) < TRANSCRIPT_CHARS + 2_000
    engine.run(timedelta(days=1))


def test_a_chat_that_is_taken_up_again_and_fails_again_keeps_all_that_was_said():
    said = crew(moderate=lambda given: Answered(refused="no") if given["transcript"] else thought(moderation(given)))
    assert run(said, "discussion", QUESTION).status == "failed"
    done = said.called(names.GIVE_UP_TASK)[0]["given"]["done"]
    again = crew(moderate=lambda _: Answered(refused="no"))
    run(again, "discussion", QUESTION, done=done)
    assert not again.called(names.SPEAK)
    assert again.called(names.GIVE_UP_TASK)[0]["given"]["done"] == done
