"""Agents that work together on a running desk: by rules, with a model that is late or fails, after a power cut."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from azure.storage.blob import BlobServiceClient

from samples.stack import start
from tests.stack.desk import Desk, Json, calling, running, until
from tests.stack.model import Model, serving

QUERY = "VPN drops on Wi-Fi"
PLAN: Json = {
    "parts": [
        {"id": "facts", "manager": "research", "goal": "Find out.", "needs": []},
        {"id": "text", "manager": "content", "goal": "Write it down.", "needs": ["facts"]},
    ],
    "why": "facts first",
}


def ruling(question: Json) -> Json:
    """A moderator that lets everybody speak once."""
    spoken = {line["speaker"] for line in question["transcript"]}
    waiting = [name for name in question["participants"] if name not in spoken]
    return {
        "settled": not waiting, "conclusion": "" if waiting else "It is the gateway.",
        "next_speaker": waiting[0] if waiting else None, "why": "each in turn",
    }  # fmt: skip


def vote(poll: Json) -> Json:
    return {"choice": poll["options"][0], "confidence": 0.7, "why": "so"}


def speech(debate: Json) -> Json:
    return {"text": f"{debate['role']} speaks", "agrees": False, "confidence": 0.6}


def duties(part: Json) -> Json:
    return {"duties": [{"worker": worker, "task": "do it"} for worker in part["workers"]]}


def work(order: Json) -> Json:
    return {"text": f"work of {order['role']}", "sources": [], "confidence": 0.6}


def crew_model() -> Model:
    return Model(
        Research={"summary": "found", "items": [], "confidence": 0.6},
        Summary={"text": "In short."},
        Ballot=vote,
        Moderation=ruling,
        Contribution=speech,
        DelegationPlan=PLAN,
        Assignments=duties,
        WorkDone=work,
    )


def ask(desk: Desk, door: str, body: Json) -> str:
    answer = desk.api.post(f"/{door}", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()["task_id"]


def ended(desk: Desk, task_id: str) -> Json:
    shown = until(
        lambda: desk.api.get(f"/task/{task_id}").json(), lambda shown: shown["status"] in ("completed", "failed")
    )
    assert shown["status"] == "completed", shown["error"]
    return shown


@pytest.fixture(scope="module")
def served() -> Iterator[Model]:
    with serving(crew_model()) as model:
        yield model


@pytest.fixture(scope="module")
def thinking_desk(tmp_path_factory: pytest.TempPathFactory, served: Model) -> Iterator[Desk]:
    """A desk that thinks with the model, each time anew."""
    settings = {
        "RETRY_FIRST_DELAY_S": "0.1", "SPECIALIST_DEADLINE_S": "6", "CACHE_TTL_S": "0",
        "AGENT_MODELS": '{"caution-ballot": "another-model"}',
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("thinking"), settings | served.settings) as desk:
        yield desk


def test_a_research_by_rules_quotes_what_the_desk_knows(desk: Desk) -> None:
    result = ended(desk, ask(desk, "research-parallel", {"query": QUERY}))["result"]
    assert (result["query"], result["completed_agents"], result["timed_out"], result["missing"]) == (
        QUERY,
        4,
        False,
        [],
    )
    web = next(source for source in result["sources"] if source["agent"] == "web")
    assert "vpn-drops-on-wifi" in {item["source"] for item in web["data"]["items"]}
    assert "vpn-drops-on-wifi" in result["summary"]


def test_a_vote_by_rules_follows_what_is_documented(desk: Desk) -> None:
    body = {"question": QUERY, "options": ["delete the profile of everybody", "use a network cable, Wi-Fi is weak"]}
    result = ended(desk, ask(desk, "consensus", body))["result"]
    assert result["outcome"] == "use a network cable, Wi-Fi is weak"
    assert set(result["votes"]) == {"passages", "wording", "caution"}


def test_a_discussion_by_rules_ends_with_a_conclusion(desk: Desk) -> None:
    result = ended(desk, ask(desk, "discussions", {"question": QUERY}))["result"]
    assert [line["speaker"] for line in result["transcript"]] == ["documentation", "github", "operations"]
    assert result["conclusion"].startswith("By ")


def test_a_delegated_goal_comes_back_as_a_text_with_sources(desk: Desk) -> None:
    task_id = ask(desk, "delegations", {"goal": "Tell people what to do when the VPN drops on Wi-Fi"})
    result = ended(desk, task_id)["result"]
    assert result["complete"]
    assert result["outcome"].startswith("# Tell people")
    assert "vpn-drops-on-wifi" in result["parts"][-1]["sources"]
    did = [duty["worker"] for report in result["parts"] for duty in report["duties"]]
    assert did == ["web_collector", "document_analyst", "writer", "editor"]
    assert len(desk.instances(f"task-{task_id}~")) == 2


def test_every_workflow_can_be_started_by_a_message(desk: Desk) -> None:
    task_id = f"queued-research-{time.time_ns()}"
    with desk.queue("tasks") as queue:
        queue.send_message(json.dumps({"type": "research", "input": {"query": QUERY}, "task_id": task_id}))
    until(lambda: desk.api.get(f"/task/{task_id}").status_code, lambda status: status == 200)
    assert ended(desk, task_id)["result"]["completed_agents"] == 4


def lasted_s(shown: Json) -> float:
    first, last = (datetime.fromisoformat(shown[name]) for name in ("created_at", "updated_at"))
    return (last - first).total_seconds()


def test_of_four_one_sleeps_and_the_task_ends_within_a_second_of_the_deadline(
    thinking_desk: Desk, model: Model
) -> None:
    ended(thinking_desk, ask(thinking_desk, "research-parallel", {"query": "warm up"}))
    model.delays_s["Research:news"] = 5.0
    task_id = ask(thinking_desk, "research-parallel", {"query": QUERY, "deadline_s": 3})
    shown = ended(thinking_desk, task_id)
    result = shown["result"]
    assert (result["completed_agents"], result["timed_out"], result["missing"]) == (3, True, ["news"])
    assert {source["agent"] for source in result["sources"]} == {"web", "academic", "social"}
    assert 3 <= lasted_s(shown) <= 4
    (late,) = until(lambda: late_answers(thinking_desk, task_id, "news"), bool)
    assert late["answer"]["usage"]["cost_usd"] > 0
    assert ended(thinking_desk, task_id) == shown


def test_a_voter_that_sleeps_past_the_deadline_leaves_its_vote_and_the_vote_stands(
    thinking_desk: Desk, model: Model
) -> None:
    ended(thinking_desk, ask(thinking_desk, "discussions", {"question": "warm up"}))
    model.delays_s["Ballot:caution"] = 8.0
    task_id = ask(thinking_desk, "consensus", {"question": "Which?", "options": ["one", "two"]})
    shown = ended(thinking_desk, task_id)
    assert (shown["result"]["outcome"], shown["result"]["silent"]) == ("one", ["caution"])
    (late,) = until(lambda: late_answers(thinking_desk, task_id, "caution"), bool)
    assert late["answer"]["answer"]["choice"] == "one"
    assert late["answer"]["usage"]["model_calls"] == 1
    assert ended(thinking_desk, task_id) == shown


def late_answers(desk: Desk, task_id: str, branch: str) -> list[Json]:
    with BlobServiceClient.from_connection_string(desk.stack.storage) as storage:
        kept = storage.get_container_client("desk")
        if not kept.exists():
            return []
        paths = [found.name for found in kept.list_blobs(f"late/task-{task_id}/")]
        return [json.loads(kept.download_blob(path).readall()) for path in paths if path.endswith(f"/{branch}.json")]


def test_of_four_one_always_fails_and_its_error_stands_beside_three_results(thinking_desk: Desk, model: Model) -> None:
    model.failures["Research:social"] = 99
    result = ended(thinking_desk, ask(thinking_desk, "research-parallel", {"query": QUERY}))["result"]
    assert (result["completed_agents"], result["timed_out"]) == (3, False)
    (failed,) = [source for source in result["sources"] if source["error"]]
    assert failed["agent"] == "social"
    assert "500" in failed["error"]
    assert model.asked_roles.count(("Research", "social", "told-what-to-say")) == 4


def test_a_voter_can_have_a_model_of_its_own(thinking_desk: Desk, model: Model) -> None:
    body = {"question": "Which?", "options": ["one", "two"]}
    assert ended(thinking_desk, ask(thinking_desk, "consensus", body))["result"]["outcome"] == "one"
    models = {role: name for wanted, role, name in model.asked_roles if wanted == "Ballot"}
    assert models == {"passages": "told-what-to-say", "wording": "told-what-to-say", "caution": "another-model"}


class Cut(NamedTuple):
    """A workflow that the power is cut off from: its door and body, and the agent at work by then."""

    door: str
    body: Json
    slow: tuple[str, str]
    kept: int
    """How many activities the task has the results of by then."""
    kinds: frozenset[str]
    """What its agents are asked for."""
    calls: int
    """How many model calls it takes in all."""


CUTS = (
    Cut("research-parallel", {"query": QUERY, "deadline_s": 120}, ("Research", "news"), 5,
        frozenset({"Research", "Summary"}), 5),
    Cut("consensus", {"question": "Which?", "options": ["one", "two"]}, ("Ballot", "caution"), 4,
        frozenset({"Ballot"}), 3),
    Cut("discussions", {"question": QUERY}, ("Contribution", "github"), 5,
        frozenset({"Moderation", "Contribution"}), 7),
    Cut("delegations", {"goal": "Tell all about VPN"}, ("WorkDone", "writer"), 3,
        frozenset({"DelegationPlan", "Assignments", "WorkDone"}), 7),
)  # fmt: skip


def test_a_power_cut_repeats_no_answer_that_was_kept(tmp_path: Path, model: Model) -> None:
    """Every workflow is at work when the power goes."""
    model.delays_s |= {":".join(cut.slow): 60.0 for cut in CUTS}
    settings = {"SPECIALIST_DEADLINE_S": "120", **model.settings}
    stack = start(tmp_path, settings)
    with calling(stack) as desk:
        tasks = [ask(desk, cut.door, cut.body) for cut in CUTS]
        for cut, task_id in zip(CUTS, tasks, strict=True):
            until(lambda: asked(model), lambda found, cut=cut: cut.slow in found)
            until(
                lambda task_id=task_id: len(desk.activities(f"task-{task_id}")),
                lambda done, cut=cut: done >= cut.kept,
            )
    stack.kill()
    model.delays_s.clear()
    with running(tmp_path, settings) as desk:
        shown = [ended(desk, task_id) for task_id in tasks]
    for cut, over in zip(CUTS, shown, strict=True):
        of_task = [found for found in asked(model) if found[0] in cut.kinds]
        assert of_task.count(cut.slow) == 2, f"{cut.door}: the one that was at work"
        assert len(of_task) == cut.calls + 1, f"{cut.door}: and nobody else"
        assert over["usage"]["model_calls"] == cut.calls


def asked(model: Model) -> list[tuple[str, str | None]]:
    return [(wanted, role) for wanted, role, _ in model.asked_roles]
