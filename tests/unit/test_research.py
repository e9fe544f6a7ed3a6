"""Several researchers side by side: what came in time is the answer, and everybody else is accounted for."""

from datetime import timedelta
from typing import Any

import pytest

from shared import names
from shared.collaboration import Research, ResearchResult
from shared.deadline import DEADLINE_KEY, Deadline
from shared.exchanged import Answered
from shared.tasks import TaskState
from tests.collaboration import crew, run, start, state
from tests.desk import policy, thought
from tests.engine import Engine, Slow

FOUND = thought(Research(summary="found", confidence=0.6))
QUERY: dict[str, Any] = {"query": "Why does the VPN drop?", "deadline_s": 30}


def slowly(seconds: float, outcome: Any = FOUND) -> Slow:
    return Slow(timedelta(seconds=seconds), outcome)


def only(role: str, outcome: Any) -> Any:
    """An activity that answers at once but for one role; an exception is raised."""

    def investigate(given: Any) -> Any:
        if given["role"] != role:
            return FOUND
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return investigate


def result(ended: TaskState) -> ResearchResult:
    assert ended.status == "completed", ended.error
    return ResearchResult.model_validate(ended.result)


def test_four_researchers_are_asked_at_once_and_all_answers_come_back():
    engine = crew()
    ended = run(engine, "research", QUERY)
    found = result(ended)
    assert {given["role"] for given in engine.called(names.INVESTIGATE)} == {"web", "academic", "news", "social"}
    assert (found.completed_agents, found.timed_out, found.missing) == (4, False, ())
    assert found.summary == "In short."
    assert ended.usage.model_calls == 5


def test_one_that_sleeps_past_the_deadline_is_named_and_the_task_ends_at_the_deadline_to_the_second():
    engine = crew(investigate=only("news", slowly(300)))
    began = engine.now
    ended = run(engine, "research", QUERY)
    found = result(ended)
    assert ended.updated_at == began + timedelta(seconds=30)
    assert (found.completed_agents, found.timed_out, found.missing) == (3, True, ("news",))
    assert {source.agent for source in found.sources} == {"web", "academic", "social"}


def test_after_the_deadline_no_model_is_asked_for_a_summary():
    engine = crew(investigate=only("news", slowly(300)))
    found = result(run(engine, "research", QUERY))
    assert not engine.called(names.SUMMARISE)
    assert "web: found" in found.summary


def test_a_late_answer_changes_nothing():
    engine = crew(investigate=only("news", slowly(31)))
    start(engine, "research", QUERY)
    engine.run(timedelta(seconds=30))
    at_the_deadline = state(engine)
    engine.run()
    assert state(engine) == at_the_deadline


def test_one_that_always_fails_is_a_partial_result_with_its_last_error():
    failures = iter(ConnectionError(f"failure {number}") for number in range(1, 9))

    def investigate(given: Any) -> Any:
        if given["role"] == "social":
            raise next(failures)
        return FOUND

    engine = crew(investigate=investigate)
    found = result(run(engine, "research", {**QUERY, "deadline_s": 60}))
    assert (found.completed_agents, found.timed_out, found.missing) == (3, False, ())
    (failed,) = [source for source in found.sources if source.error]
    assert (failed.agent, failed.error, failed.data) == ("social", "failure 4", None)
    assert failed.elapsed_ms == (5 + 10 + 15) * 1000


def test_one_that_fails_at_first_is_asked_again():
    attempts: list[str] = []

    def investigate(given: Any) -> Any:
        attempts.append(given["role"])
        if attempts.count("web") == 1 and given["role"] == "web":
            raise ConnectionError("cut")
        return FOUND

    found = result(run(crew(investigate=investigate), "research", QUERY))
    assert attempts.count("web") == 2
    assert found.completed_agents == 4


@pytest.mark.parametrize(("deadline_s", "attempts"), [(4, 1), (5, 1), (6, 2), (15, 2), (16, 3), (300, 4)])
def test_no_retry_starts_that_could_not_end_before_the_deadline(deadline_s: float, attempts: int):
    engine = crew(investigate=only("web", ConnectionError("cut")))
    ended = run(engine, "research", {**QUERY, "deadline_s": deadline_s})
    asked = [given for given in engine.called(names.INVESTIGATE) if given["role"] == "web"]
    assert len(asked) == attempts
    assert result(ended).missing == ()


def test_an_attempt_is_taken_to_need_as_long_as_the_one_before_it():
    engine = crew(investigate=only("web", slowly(14, ConnectionError("slow and cut"))))
    began = engine.now
    ended = run(engine, "research", QUERY)
    asked = [given for given in engine.called(names.INVESTIGATE) if given["role"] == "web"]
    assert len(asked) == 1, "14 s, 5 s of pause and another 14 s are more than 30"
    assert [source.error for source in result(ended).sources if source.error] == ["slow and cut"]
    assert ended.updated_at == began + timedelta(seconds=14)


def test_one_that_failed_and_is_late_the_second_time_is_an_error_and_not_missing():
    outcomes = iter([ConnectionError("first failure"), slowly(300)])

    def investigate(given: Any) -> Any:
        if given["role"] != "web":
            return FOUND
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    found = result(run(crew(investigate=investigate), "research", QUERY))
    assert (found.missing, found.timed_out) == ((), False)
    assert [source.error for source in found.sources if source.error] == ["first failure"]


def test_a_refusal_is_final_and_a_wish_to_be_left_alone_is_heard():
    throttled = iter([Answered(error="429", retry_after_s=12)])

    def investigate(given: Any) -> Any:
        if given["role"] == "web":
            return Answered(refused="the content filter refused")
        if given["role"] == "news":
            return next(throttled, None) or FOUND
        return FOUND

    engine = crew(investigate=investigate)
    began = engine.now
    found = result(run(engine, "research", QUERY))
    assert engine.now - began >= timedelta(seconds=12)
    assert (found.completed_agents, len(engine.called(names.INVESTIGATE))) == (3, 5)


def test_being_held_back_by_our_own_limit_costs_no_attempt():
    held = iter(Answered(error="busy", retry_after_s=2, held_back=True) for _ in range(9))

    def investigate(given: Any) -> Any:
        return (next(held, None) if given["role"] == "web" else None) or FOUND

    found = result(run(crew(investigate=investigate), "research", QUERY))
    assert found.completed_agents == 4


def test_where_all_fail_there_is_still_an_answer_that_says_so():
    def broken(_: Any) -> Any:
        raise ConnectionError("gone")

    engine = crew(investigate=broken)
    found = result(run(engine, "research", QUERY))
    assert (found.completed_agents, len(found.sources)) == (0, 4)
    assert found.summary == "No researcher had an answer in time."


def test_without_a_summariser_the_findings_stand_one_after_the_other():
    engine = crew(summarise=lambda _: Answered(refused="no"))
    ended = run(engine, "research", QUERY)
    assert "social: found" in result(ended).summary
    assert ended.degraded == ("summary",)


def test_only_the_chosen_researchers_are_asked():
    engine = crew()
    found = result(run(engine, "research", {**QUERY, "agents": ["news", "web"]}))
    assert found.completed_agents == 2
    assert len(engine.called(names.INVESTIGATE)) == 2


def test_each_researcher_is_told_the_deadline_and_where_to_leave_a_late_answer():
    engine = crew()
    began = engine.now
    run(engine, "research", QUERY)
    told = [Deadline.model_validate(given[DEADLINE_KEY]) for given in engine.called(names.INVESTIGATE)]
    assert {deadline.at for deadline in told} == {began + timedelta(seconds=30)}
    assert len({deadline.kept_at for deadline in told}) == 4


def history_of(width: int) -> Engine:
    """A fan-out of that width on a plain orchestration: one answer every 10 ms, the last ones too late."""
    from durabletask.task import OrchestrationContext

    from orchestrations.calling import Work
    from orchestrations.patterns.fan_out import Branch, fan_out
    from shared.exchanged import Thought
    from shared.tasks import TaskStep

    def wide(ctx: OrchestrationContext, data: Any) -> Work[Any]:
        branches = {f"b{n}": Branch("ask", TaskStep(name=str(n))) for n in range(width)}
        gathered = yield from fan_out(ctx, branches, Thought, timedelta(seconds=10), policy())
        return [len(gathered.results), list(gathered.missing)]

    engine = Engine({"wide": wide}, {"ask": lambda given: slowly(int(given["name"]) / 100)})
    engine.start("wide", "w", {})
    engine.run()
    return engine


@pytest.mark.parametrize("width", [1, 2, 64])
def test_any_width_up_to_64_is_gathered_whole(width: int):
    assert history_of(width).instances["w"].output == [width, []]


def test_history_grows_with_the_width_and_no_faster():
    narrow, wide = (len(history_of(width).instances["w"].history) for width in (16, 64))
    assert wide <= narrow * 4
