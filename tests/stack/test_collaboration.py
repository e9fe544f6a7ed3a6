"""Agents that work together on a running desk: by rules, with a model that is late or fails, after a power cut."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

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


@pytest.fixture
def model() -> Iterator[Model]:
    with serving(crew_model()) as model:
        yield model


@pytest.fixture
def thinking_desk(tmp_path: Path, model: Model) -> Iterator[Desk]:
    own_model = {"AGENT_MODELS": '{"caution-ballot": "another-model"}'}
    with running(tmp_path / "desk", {"RETRY_FIRST_DELAY_S": "0.1", **own_model, **model.settings}) as desk:
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
    tmp_path: Path, model: Model
) -> None:
    with running(tmp_path / "desk", {"SPECIALIST_DEADLINE_S": "6", **model.settings}) as desk:
        ended(desk, ask(desk, "discussions", {"question": "warm up"}))
        model.delays_s["Ballot:caution"] = 8.0
        task_id = ask(desk, "consensus", {"question": "Which?", "options": ["one", "two"]})
        shown = ended(desk, task_id)
        assert (shown["result"]["outcome"], shown["result"]["silent"]) == ("one", ["caution"])
        (late,) = until(lambda: late_answers(desk, task_id, "caution"), bool)
        assert late["answer"]["answer"]["choice"] == "one"
        assert late["answer"]["usage"]["model_calls"] == 1
        assert ended(desk, task_id) == shown


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
    asked = {role: name for wanted, role, name in model.asked_roles if wanted == "Ballot"}
    assert asked == {"passages": "told-what-to-say", "wording": "told-what-to-say", "caution": "another-model"}


POWER_CUTS: list[tuple[str, Json, str, int, int]] = [
    ("research-parallel", {"query": QUERY, "deadline_s": 120}, "Research:news", 5, 5),
    ("consensus", {"question": "Which?", "options": ["one", "two"]}, "Ballot:caution", 4, 3),
    ("discussions", {"question": QUERY}, "Contribution:github", 5, 7),
    ("delegations", {"goal": "Tell all about VPN"}, "WorkDone:writer", 3, 7),
]
"""Door, body, the agent at work when the power goes, how many activities the task has the results of by then,
and how many model calls the task takes in all."""


@pytest.mark.parametrize(("door", "body", "slow", "kept", "calls"), POWER_CUTS, ids=[cut[0] for cut in POWER_CUTS])
def test_a_power_cut_repeats_no_answer_that_was_kept(
    door: str, body: Json, slow: str, kept: int, calls: int, tmp_path: Path, model: Model
) -> None:
    wanted, _, role = slow.partition(":")
    model.delays_s[slow] = 20.0
    settings = {"SPECIALIST_DEADLINE_S": "120", **model.settings}
    stack = start(tmp_path, settings)
    with calling(stack) as desk:
        task_id = ask(desk, door, body)
        until(lambda: [asked[:2] for asked in model.asked_roles], lambda asked: (wanted, role) in asked)
        until(lambda: len(desk.activities(f"task-{task_id}")), lambda done: done >= kept)
    stack.kill()
    model.delays_s.clear()
    with running(tmp_path, settings) as desk:
        shown = ended(desk, task_id)
    asked = [asked[:2] for asked in model.asked_roles]
    assert asked.count((wanted, role)) == 2, "the one that was at work"
    assert len(asked) == calls + 1, "and nobody else"
    assert shown["usage"]["model_calls"] == calls
