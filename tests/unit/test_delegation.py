"""A goal is planned, delegated to managers and by them to workers; whoever fails is answered for."""

from datetime import timedelta
from typing import Any

import pytest

from shared import names
from shared.delegation import Assignments, DelegationPlan, DelegationResult, Duty, Part, WorkDone, problem_with_plan
from shared.exchanged import Answered
from tests.collaboration import PLAN, crew, run, state
from tests.desk import thought
from tests.engine import Engine, Slow
from tests.tasks import INSTANCE

GOAL: dict[str, Any] = {"goal": "Tell people how to join the Wi-Fi."}


def part(name: str, *needs: str, manager: str = "research") -> Part:
    return Part(id=name, manager=manager, goal=f"goal of {name}", needs=needs)


def plan(*parts: Part) -> DelegationPlan:
    return DelegationPlan(parts=parts, why="so")


def result(engine: Engine) -> DelegationResult:
    ended = state(engine)
    assert ended.status == "completed", ended.error
    return DelegationResult.model_validate(ended.result)


def test_managers_are_orchestrations_of_their_own_and_really_delegate():
    engine = crew()
    run(engine, "delegation", GOAL)
    managers = [found for found in engine.instances.values() if found.name == names.MANAGE_PART]
    assert {found.instance_id for found in managers} == {f"{INSTANCE}~facts~1", f"{INSTANCE}~text~1"}
    workers = [given["role"] for given in engine.called(names.DO_DUTY)]
    assert workers == ["web_collector", "document_analyst", "writer", "editor"]


def test_the_result_holds_the_plan_and_who_did_what():
    engine = crew()
    ended = run(engine, "delegation", GOAL)
    found = result(engine)
    assert found.plan == PLAN
    did = {report.part: [duty.worker for duty in report.duties] for report in found.parts}
    assert did == {"facts": ["web_collector", "document_analyst"], "text": ["writer", "editor"]}
    assert (found.outcome, found.complete) == ("work of editor", True)
    assert ended.usage.model_calls == 1 + 2 * (1 + 2)


def test_each_worker_builds_on_the_work_before_it_also_across_parts():
    engine = crew()
    run(engine, "delegation", GOAL)
    before = [[line["text"] for line in given["before"]] for given in engine.called(names.DO_DUTY)]
    assert before == [
        [],
        ["work of web_collector"],
        ["work of document_analyst"],
        ["work of document_analyst", "work of writer"],
    ]


def test_parts_that_need_nothing_of_each_other_run_side_by_side():
    wide = plan(part("a"), part("b"), part("c"), part("text", "a", "b", "c", manager="content"))
    slow = Slow(timedelta(seconds=10), thought(WorkDone(text="late work", confidence=0.5)))
    engine = crew(plan_goal=lambda _: thought(wide), do_duty=lambda _: slow)
    began = engine.now
    ended = run(engine, "delegation", GOAL)
    assert ended.updated_at - began == timedelta(seconds=40), "two duties of research, two of content"


def test_a_manager_that_fails_is_replaced_once():
    failures = iter([Answered(refused="no")])
    engine = crew()
    assign = engine.activities[names.ASSIGN_DUTIES]
    engine.activities[names.ASSIGN_DUTIES] = lambda given: next(failures, None) or assign(given)
    run(engine, "delegation", GOAL)
    found = result(engine)
    assert [report.attempts for report in found.parts] == [2, 1]
    assert f"{INSTANCE}~facts~2" in engine.instances
    assert found.complete


def test_a_manager_that_fails_twice_is_reported_upward_and_what_needs_it_is_skipped():
    parts = plan(part("a"), part("b"), part("c", "b"), part("text", "a", manager="content"))

    def duty(given: Any) -> Any:
        if "goal of b" in given["task"]:
            return Answered(refused="cannot")
        return thought(WorkDone(text="done", confidence=0.5))

    def assign(given: Any) -> Any:
        return thought(Assignments(duties=(Duty(worker=given["workers"][0], task=given["part"]["goal"]),)))

    engine = crew(plan_goal=lambda _: thought(parts), do_duty=duty, assign_duties=assign)
    run(engine, "delegation", GOAL)
    found = result(engine)
    told = {report.part: (report.status, report.attempts) for report in found.parts}
    assert told == {"a": ("done", 1), "b": ("failed", 2), "c": ("skipped", 0), "text": ("done", 1)}
    failed = found.parts[1]
    assert [(duty.worker, duty.status, duty.error) for duty in failed.duties] == [("web_collector", "failed", "cannot")]
    assert failed.usage.model_calls == 2, "what both managers cost"
    assert not found.complete


def test_when_no_part_comes_to_anything_the_task_fails_and_says_why():
    engine = crew(do_duty=lambda _: Answered(refused="no model"))
    ended = run(engine, "delegation", GOAL)
    assert ended.status == "failed"
    assert "no model" in str(ended.error)
    assert engine.called(names.GIVE_UP_TASK)[0]["step"] == "delegate"


def test_a_manager_ends_by_itself_at_its_deadline():
    late = Slow(timedelta(hours=2), thought(WorkDone(text="too late", confidence=0.5)))
    engine = crew(do_duty=lambda _: late)
    began = engine.now
    ended = run(engine, "delegation", GOAL)
    assert ended.status == "failed"
    assert "no answer before the deadline" in str(ended.error)
    assert ended.updated_at - began == timedelta(seconds=2 * 600)


def test_a_manager_that_names_anothers_worker_is_no_manager():
    stranger = Assignments(duties=(Duty(worker="writer", task="x"),))
    engine = crew(assign_duties=lambda _: thought(stranger))
    ended = run(engine, "delegation", GOAL)
    assert "there is no worker writer" in str(ended.error)


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ((part("a", manager="nobody"),), "there is no manager nobody"),
        ((part("a"), part("a")), "the same id"),
        ((part("a", "z"),), "do not exist"),
        ((part("a", "a"),), "in a circle"),
        ((part("a", "b"), part("b", "c"), part("c", "a"), part("d")), "in a circle: a, b, c"),
        ((part("a"), part("b", "a"), part("c", "b"), part("d", "c"), part("e", "d")), "5 parts build on one another"),
    ],
)
def test_a_plan_that_cannot_be_is_not_carried_out(parts: tuple[Part, ...], problem: str):
    assert problem in str(problem_with_plan(plan(*parts)))
    engine = crew(plan_goal=lambda _: thought(plan(*parts)))
    ended = run(engine, "delegation", GOAL)
    assert ended.status == "failed"
    assert problem in str(ended.error)
    assert len(engine.instances) == 1, "no manager was started"


def test_a_plan_of_four_that_build_on_one_another_is_within_bounds():
    assert problem_with_plan(plan(part("a"), part("b", "a"), part("c", "b"), part("d", "c", "a"))) is None


def test_a_plan_wider_than_six_parts_is_no_plan():
    with pytest.raises(ValueError, match="at most 6"):
        plan(*(part(f"p{n}") for n in range(7)))
