"""The watch on a running desk: its five artifacts, one cycle at a time, and what a power cut costs."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from samples.stack import start
from tests.stack.desk import Desk, Json, calling, problem, running, until
from tests.stack.model import Model, serving
from tests.stack.watch import ARTIFACTS, TASKS, artifact, ask, cycles, make_due, over, record, started

EVERY_SECOND = {"SWEEP_SCHEDULE": "* * * * * *", "RETRY_FIRST_DELAY_S": "0.1"}
SCORES = {"grounded": 8, "complete": 6, "clear": 10, "actionable": 8, "why": "One risk has no advice."}


def plan(_: Json) -> Json:
    needs: dict[str, list[str]] = {
        "collect": [], "analyse": ["collect"], "report": ["collect", "analyse"], "alert": ["analyse"],
    }  # fmt: skip
    assignments = [{"task": task, "needs": needs[task], "instructions": "Do it."} for task in TASKS]
    return {"assignments": assignments, "why": "In this order."}


def picks(question: Json) -> Json:
    return {
        "picks": [
            {"candidate": found["id"], "summary": found["summary"], "impact": 5, "category": "desk", "tags": ["desk"]}
            for found in question["candidates"][:5]
        ]
    }


def statement(question: Json) -> Json:
    return {"text": "It is so.", "items": [question["items"][0]["id"]], "priority": 9}


def analysis(question: Json) -> Json:
    return {"trends": [statement(question)], "opportunities": [], "risks": [statement(question)]}


def alerts(question: Json) -> Json:
    alert = {"severity": "critical", "title": "Act", "why": "Else it is late.", "items": [question["items"][0]["id"]]}
    return {"alerts": [alert]}


def crew() -> Model:
    """A model that does what each of the crew is asked, and no more."""
    return Model(
        WatchPlan=plan,
        WatchPicks=picks,
        WatchAnalysis=analysis,
        WatchBrief={
            "executive_summary": "All is well.", "findings": ["It is so."], "analysis": "It is so.",
            "recommendations": ["Rest."],
        },
        WatchAlerts=alerts,
        WatchScores=SCORES,
    )  # fmt: skip


@pytest.fixture
def model() -> Iterator[Model]:
    with serving(crew()) as model:
        yield model


def test_a_cycle_leaves_five_artifacts_and_measures_itself(desk: Desk) -> None:
    desk.resolved()
    answer = ask(desk)
    assert answer.status_code == 202
    cycle = answer.json()["cycle_id"]
    assert answer.headers["Location"] == f"/api/task/{cycle}"
    found = over(desk, cycle)
    assert (found["status"], found["trigger"], found["artifacts"]) == ("completed", "request", ARTIFACTS)
    shown = desk.api.get(f"/task/{cycle}").json()
    assert (shown["type"], [step["name"] for step in shown["steps"]]) == ("watch", ["plan", *TASKS, "score", "finish"])
    assert all(step["completed_at"] for step in shown["steps"])
    collection = artifact(desk, cycle, "collection.json").json()
    assert 5 <= len(collection["items"]) <= 10
    assert all(item["source"] and item["date"] and item["summary"] and item["tags"] for item in collection["items"])
    brief = artifact(desk, cycle, "daily_brief.md")
    assert brief.headers["Content-Type"].startswith("text/markdown")
    assert "## Executive summary" in brief.text
    assert "word_limit: holds" in brief.text
    assert set(artifact(desk, cycle, "analysis.json").json()) == {"trends", "opportunities", "risks"}
    assert "alerts" in artifact(desk, cycle, "alerts.json").json()
    assert artifact(desk, cycle, "results.json").json()["metrics"] == found["metrics"]
    measured = found["metrics"]
    assert (measured["success"], measured["tasks_completed"], measured["api_calls"]) == (True, 4, 6)
    assert 0 < measured["work_s"] <= measured["execution_s"]
    assert measured["efficiency"] == pytest.approx(measured["work_s"] / measured["execution_s"], abs=0.001)
    assert measured["peak_memory_mb"] > 10
    assert [check["passed"] for check in measured["checks"]] == [True] * 6
    watch = until(lambda: desk.api.get("/dashboard").json()["watch"], lambda shown: shown is not None)
    assert watch["total"]["value"] >= 1
    assert cycle in [line["id"] for line in watch["last"]]


def test_its_figures_are_those_of_the_tickets_that_there_are(desk: Desk) -> None:
    desk.resolved()
    before = len(list(desk.all_tickets()))
    found = over(desk, started(desk))
    after = len(list(desk.all_tickets()))
    items = artifact(desk, found["cycle_id"], "collection.json").json()["items"]
    volume = next(item for item in items if item["id"] == "volume")
    count = volume["figures"]["count"]
    assert before <= count <= after
    assert volume["summary"].startswith(f"{count:g} tickets came in")


def test_a_second_cycle_is_refused_while_the_first_runs_and_the_same_key_is_the_same_cycle(
    tmp_path: Path, model: Model
) -> None:
    model.delays_s["WatchAnalysis"] = 3.0
    with running(tmp_path, model.settings) as desk:
        first = ask(desk, key="k-1").json()["cycle_id"]
        until(lambda: list(model.asked), lambda asked: "WatchAnalysis" in asked)
        assert record(desk, first)["status"] == "running"
        told = problem(ask(desk, "printers"), 409)
        assert first in told["detail"]
        assert ask(desk, key="k-1").json()["cycle_id"] == first
        problem(ask(desk, "something else", key="k-1"), 409)
        assert over(desk, first)["status"] == "completed"
        second = started(desk)
        assert second != first
        assert desk.api.delete(f"/task/{second}").status_code == 202
        cancelled = record(desk, second)
        assert (cancelled["status"], cancelled["reason"]) == ("failed", "cancelled")
        assert ask(desk).status_code == 202


def test_of_many_who_ask_at_once_one_gets_a_cycle(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(ask, [desk] * 8))
    assert sorted(answer.status_code for answer in answers) == [202, *[409] * 7]
    (cycle,) = (answer.json()["cycle_id"] for answer in answers if answer.status_code == 202)
    assert over(desk, cycle)["status"] == "completed"


def test_what_crosses_a_threshold_and_what_is_critical_is_told(tmp_path: Path, model: Model) -> None:
    limits = {"WATCH_MAX_COST_USD": "0.0001", "RETRY_FIRST_DELAY_S": "0.1"}
    model.failures["WatchAnalysis"] = 1
    with running(tmp_path, model.settings | limits) as desk:
        found = over(desk, started(desk))
        assert {crossed["threshold"] for crossed in found["crossed"]} == {"cost_usd", "error_rate"}
        measured = found["metrics"]
        assert (measured["error_count"], measured["retry_attempts"], measured["attempts"]) == (1, 1, 7)
        assert measured["cost_usd"] == pytest.approx(6 * (100 * 1.0 + 20 * 2.0) / 1e6)
        assert measured["rubric"] == {name: mark for name, mark in SCORES.items() if name != "why"}
        assert measured["quality_score"] == pytest.approx((1 + 0.8) / 2)
        counts = until(
            lambda: desk.api.get("/metrics/events").json(), lambda told: "threshold_crossed" in json.dumps(told)
        )
        assert "helpdesk.watch.threshold_crossed" in json.dumps(counts)
        wanted = [f"{kind}: ticket {found['cycle_id']}" for kind in ("threshold_crossed", "watch_alert")]
        until(desk.stack.log.read_text, lambda log: all(line in log for line in wanted))


def test_a_cycle_whose_task_fails_is_recorded_and_taken_up_from_the_dead_letters(tmp_path: Path, model: Model) -> None:
    model.failures["WatchBrief"] = 2
    with running(tmp_path, model.settings | {"RETRY_COUNT": "1", "RETRY_FIRST_DELAY_S": "0.1"}) as desk:
        cycle = started(desk)
        found = over(desk, cycle)
        assert (found["status"], found["metrics"]["tasks_completed"]) == ("failed", 3)
        assert found["artifacts"] == ["collection.json", "analysis.json", "alerts.json", "results.json"]
        (letter,) = until(lambda: desk.api.get("/dead-letters").json()["items"], bool)
        assert letter["reason"].startswith("report failed")
        assert desk.api.post(f"/dead-letters/{letter['id']}/replay").status_code == 202
        again = until(lambda: record(desk, cycle), lambda found: found["status"] == "completed")
        assert again["artifacts"] == ARTIFACTS
        assert model.asked.count("WatchAnalysis") == 1


def test_a_power_cut_in_the_middle_asks_no_agent_twice_that_had_answered(tmp_path: Path, model: Model) -> None:
    model.delays_s["WatchBrief"] = 3.0
    stack = start(tmp_path, model.settings)
    with calling(stack) as desk:
        cycle = started(desk)
        until(lambda: list(model.asked), lambda asked: "WatchBrief" in asked)
    stack.kill()
    model.delays_s.clear()
    with running(tmp_path, model.settings) as desk:
        found = over(desk, cycle)
    assert (found["status"], found["artifacts"]) == ("completed", ARTIFACTS)
    assert [model.asked.count(kind) for kind in ("WatchPlan", "WatchPicks", "WatchAnalysis")] == [1, 1, 1]
    assert model.asked.count("WatchBrief") == 2
    assert found["metrics"]["usage"]["model_calls"] == 6


def test_after_downtime_one_cycle_makes_up_for_all_that_were_missed(tmp_path: Path) -> None:
    settings = EVERY_SECOND | {"WATCH_WINDOW": "00:00-00:00", "WATCH_EVERY_H": "24"}
    with running(tmp_path, settings) as desk:
        make_due(desk, timedelta(days=3, hours=1))
        (seen,) = until(lambda: cycles(desk), lambda found: bool(found) and found[0]["status"] == "completed")
        assert (seen["trigger"], seen["missed"]) == ("catch_up", 3)
        over(desk, seen["cycle_id"])
        manual = over(desk, started(desk))
        assert [found["cycle_id"] for found in cycles(desk)] == [manual["cycle_id"], seen["cycle_id"]]


def test_in_its_maintenance_window_a_cycle_is_skipped_and_that_is_told(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    window = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    with running(tmp_path, EVERY_SECOND | {"WATCH_WINDOW": window}) as desk:
        make_due(desk, timedelta(minutes=1))
        (skipped,) = until(lambda: cycles(desk), bool)
        assert (skipped["status"], skipped["metrics"]) == ("skipped", None)
        assert skipped["reason"].startswith("maintenance window until ")
        assert artifact(desk, skipped["cycle_id"], "results.json").status_code == 200
        problem(artifact(desk, skipped["cycle_id"], "daily_brief.md"), 404)
        until(lambda: desk.api.get("/metrics/events").json(), lambda told: "helpdesk.watch.skipped" in json.dumps(told))
        assert desk.instances("task-") == []


def test_cycles_are_listed_page_by_page_and_what_is_no_cycle_is_not_found(desk: Desk) -> None:
    made = [over(desk, started(desk))["cycle_id"] for _ in range(2)]
    first = desk.api.get("/watch/cycles", params={"limit": 1}).json()
    assert [found["cycle_id"] for found in first["items"]] == [made[1]]
    second = desk.api.get("/watch/cycles", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [found["cycle_id"] for found in second["items"]] == [made[0]]
    problem(desk.api.get("/watch/cycles", params={"cursor": "x"}), 400)
    problem(desk.api.get("/watch/cycles", params={"limit": 0}), 400)
    problem(desk.api.get("/watch/cycles/nothing"), 404)
    problem(desk.api.get("/watch/cycles/20260101T000000Z-000000"), 404)
    problem(artifact(desk, made[0], "state.json"), 404)
    problem(desk.api.post("/watch", json={"topic": " "}), 400)
    problem(desk.api.post("/watch", json={"trigger": "schedule"}), 400)
