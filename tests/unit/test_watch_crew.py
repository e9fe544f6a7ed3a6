"""What an answer of the crew must hold, and that the rules' own answers do."""

from typing import Any

import pytest

from adapters import offline_watch as rules
from agents.watch import CREW
from shared.model import Model
from shared.watch import (
    CREW_TASKS,
    NEEDS,
    Candidate,
    Item,
    WatchAlerts,
    WatchAnalysis,
    WatchBrief,
    WatchPicks,
    WatchPlan,
    WatchQuestion,
    problem_with_watch_plan,
)
from shared.watch_brief import brief_text, checks
from tests.contract.tickets import NOON

FIGURES: tuple[dict[str, float], ...] = (
    {"breached": 2.0}, {"at_risk": 3.0}, {"count": 9.0, "before": 4.0}, {"count": 4.0}, {"calls": 0.0}, {},
)  # fmt: skip


def candidate(number: int, figures: dict[str, float], category: str = "trend") -> Candidate:
    told = ", ".join(f"{value:g} {name}" for name, value in figures.items()) or "nothing"
    return Candidate(
        id=f"c-{number}", title=f"Fact c-{number}", source="/api/tickets", date=NOON, summary=f"It is {told}.",
        category=category, figures=figures,
    )  # fmt: skip


CANDIDATES = tuple(candidate(number, figures) for number, figures in enumerate(FIGURES))
ITEMS = tuple(
    Item(**one.model_dump(exclude={"category"}), impact=impact, category="trend", tags=("t",))
    for one, impact in zip(CANDIDATES, (5, 4, 3, 2, 1, 2), strict=True)
)


def question(**given: Any) -> WatchQuestion:
    return WatchQuestion(subject="the desk", **given)


def problem(step: Any, answer: Model, asked: WatchQuestion) -> str | None:
    return CREW[step].check(answer, asked)


def test_all_share_the_rate_limit_of_the_watch():
    assert {agent.group for agent in CREW.values()} == {"watch"}


def plan(**needs: tuple[str, ...]) -> WatchPlan:
    given = [{"task": task, "needs": needs.get(task, NEEDS[task]), "instructions": "x"} for task in CREW_TASKS]
    return WatchPlan.model_validate({"assignments": given, "why": ""})


@pytest.mark.parametrize(
    ("needs", "says"),
    [
        ({"analyse": ()}, "analyse must build on collect"),
        ({"report": ("collect",)}, "report must build on analyse"),
        ({"collect": ("alert",)}, "circle"),
    ],
)
def test_a_plan_that_leaves_out_what_a_task_needs_or_goes_in_a_circle_is_refused(
    needs: dict[str, tuple[str, ...]], says: str
):
    assert says in (problem_with_watch_plan(plan(**needs)) or "")


def test_a_plan_with_a_task_twice_is_refused():
    once = plan().assignments
    assert problem_with_watch_plan(WatchPlan(assignments=(*once[:3], once[0]), why="")) == "no assignment for alert"


def test_a_collection_takes_what_there_is_once_and_enough_of_it():
    picked = rules.watch_picks(question(candidates=CANDIDATES).model_dump_json()).picks
    asked = question(candidates=CANDIDATES)
    assert problem("collect", WatchPicks(picks=picked), asked) is None
    assert problem("collect", WatchPicks(picks=picked[:4]), asked) == "pick at least 5"
    assert "twice" in (problem("collect", WatchPicks(picks=(*picked, picked[0])), asked) or "")
    stranger = picked[0].model_copy(update={"candidate": "c-99"})
    assert "c-99" in (problem("collect", WatchPicks(picks=(stranger, *picked[1:])), asked) or "")
    few = question(candidates=CANDIDATES[:2])
    assert (
        problem("collect", WatchPicks(picks=tuple(one for one in picked if one.candidate in ("c-0", "c-1"))), few)
        is None
    )


def test_a_number_that_nobody_counted_is_refused():
    brief = WatchBrief(executive_summary="It is 2 breached.", findings=(), analysis="Yes.", recommendations=())
    asked = question(items=ITEMS, analysis=WatchAnalysis(trends=(), opportunities=(), risks=()))
    assert problem("report", brief, asked) is None
    worse = brief.model_copy(update={"analysis": "It has grown by 250 %."})
    assert "250" in (problem("report", worse, asked) or "")


def test_a_summary_of_more_than_200_words_is_refused():
    brief = WatchBrief(executive_summary="word " * 201, findings=(), analysis="Yes.", recommendations=())
    assert "201 words" in (problem("report", brief, question()) or "")


def test_a_statement_or_an_alert_about_no_item_is_refused():
    statement = {"text": "So.", "items": ["c-99"], "priority": 3}
    analysis = WatchAnalysis.model_validate({"trends": [statement], "opportunities": [], "risks": []})
    assert "c-99" in (problem("analyse", analysis, question(items=ITEMS)) or "")
    alert = {"severity": "info", "title": "T", "why": "W", "items": ["c-99"]}
    assert "c-99" in (problem("alert", WatchAlerts.model_validate({"alerts": [alert]}), question(items=ITEMS)) or "")


def test_the_rules_answers_hold_from_the_plan_to_the_score():
    asked = question(candidates=CANDIDATES)
    assert problem("plan", rules.watch_plan(asked.model_dump_json()), asked) is None
    picked = {pick.candidate: pick.impact for pick in rules.watch_picks(asked.model_dump_json()).picks}
    assert picked == {"c-0": 5, "c-1": 4, "c-2": 3, "c-3": 2, "c-4": 1, "c-5": 2}
    asked = question(items=ITEMS)
    analysis = rules.watch_analysis(asked.model_dump_json())
    assert problem("analyse", analysis, asked) is None
    assert [risk.items for risk in analysis.risks] == [("c-0",), ("c-1",)]
    asked = question(items=ITEMS, analysis=analysis)
    alerts = rules.watch_alerts(asked.model_dump_json())
    assert problem("alert", alerts, asked) is None
    assert [alert.severity for alert in alerts.alerts] == ["critical", "warning", "info"]
    brief = rules.watch_brief(asked.model_dump_json())
    assert problem("report", brief, asked) is None
    scores = rules.watch_scores(question(items=ITEMS, analysis=analysis, brief=brief).model_dump_json())
    assert (scores.complete, scores.clear) == (10, 10)
    silent = brief.model_copy(update={"executive_summary": "All is well.", "findings": (), "analysis": "Nothing."})
    worse = rules.watch_scores(question(items=ITEMS, analysis=analysis, brief=silent).model_dump_json())
    assert worse.complete < scores.complete


def test_the_rules_say_something_of_any_category_and_cut_no_number_in_two():
    long = candidate(1, {}, "knowledge").model_copy(update={"summary": "The limit is 123456789. " * 40})
    asked = question(candidates=(long.model_copy(update={"date": None}),))
    (pick,) = rules.watch_picks(asked.model_dump_json(exclude_none=True)).picks
    assert problem("collect", WatchPicks(picks=(pick,)), asked) is None
    item = Item(**long.model_dump(exclude={"summary"}), summary=pick.summary, impact=pick.impact, tags=("t",))
    asked = question(items=(item,))
    analysis = rules.watch_analysis(asked.model_dump_json())
    assert problem("analyse", analysis, asked) is None
    assert analysis.trends[0].items == ("c-1",)


def test_a_topic_on_which_there_is_nothing_makes_an_empty_brief_and_no_alert():
    asked = question(items=(), analysis=WatchAnalysis(trends=(), opportunities=(), risks=()))
    brief = rules.watch_brief(asked.model_dump_json())
    assert problem("report", brief, asked) is None
    assert "Nothing was found" in brief.executive_summary
    assert rules.watch_alerts(asked.model_dump_json()).alerts == ()


def test_each_check_fails_where_its_part_is_missing():
    assert [check.passed for check in checks(None, None, None, None, None)] == [False] * 6


def test_the_brief_has_its_sections_and_the_items_own_sources():
    brief = WatchBrief(executive_summary="Short.", findings=("F.",), analysis="A.", recommendations=("R.",))
    text = brief_text("printers", brief, ITEMS[:1])
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == [f"## {name}" for name in (
        "Executive summary", "Findings", "Analysis", "Recommendations", "Sources", "Quality",
    )]  # fmt: skip
    assert "- Fact c-0 (/api/tickets, 2026-03-02)" in text
