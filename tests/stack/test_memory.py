"""What a requester tells is remembered across tickets, restarts and outages, and only where they agreed."""

from contextlib import ExitStack
from pathlib import Path

from tests.services import redis_server
from tests.stack.desk import Desk, Json, problem, running, sample, until

SETTINGS = {"MESSAGE_BURST_S": "0.2", "RETRY_FIRST_DELAY_S": "0.2"}
TOLD = "I use a ThinkPad X1 laptop."


def told(requester: str) -> Json:
    vpn = sample(requester={"id": requester})
    return vpn | {"description": f"{vpn['description']} {TOLD}"}


def memory(desk: Desk, requester: str) -> Json:
    answer = desk.api.get(f"/users/{requester}/memory")
    assert answer.status_code == 200, answer.text
    return answer.json()


def agree(desk: Desk, requester: str) -> None:
    answer = desk.api.put(f"/users/{requester}/memory", json={"consent": True})
    assert answer.status_code == 200, answer.text


def facts_of(desk: Desk, requester: str) -> list[str]:
    return [fact["text"] for fact in memory(desk, requester)["facts"] if fact["kind"] != "problem"]


def test_what_was_told_on_monday_is_used_and_mentioned_on_wednesday_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, SETTINGS) as desk:
        agree(desk, "u-1002")
        monday = desk.resolved(told("u-1002"))
        assert TOLD.rstrip(".") not in monday["answer"]
        until(lambda: facts_of(desk, "u-1002"), lambda facts: TOLD.rstrip(".") in facts)
        task = desk.api.get("/tasks", params={"type": "learn_requester"}).json()["items"][0]
        until(lambda: desk.api.get(f"/task/{task['id']}").json()["status"], lambda status: status == "completed")
        assert desk.api.get(f"/task/{task['id']}").json()["usage"]["model_calls"] >= 1
        assert monday["usage"] == desk.ticket(monday["id"])["usage"], "learning is counted on its own"
    with running(tmp_path, SETTINGS) as desk:
        wednesday = desk.resolved(sample(requester={"id": "u-1002"}))
        assert f"As you told us before: {TOLD.rstrip('.')}" in wednesday["answer"]
        stranger = desk.resolved(sample(requester={"id": "u-1003"}))
        assert "told us" not in stranger["answer"]


def test_what_was_told_in_a_conversation_is_learned_after_the_answer_and_used_for_a_ticket(desk: Desk) -> None:
    agree(desk, "u-1008")
    threads = {
        person: desk.api.post("/conversations", json={"requester": {"id": person}}).json()["thread"]
        for person in ("u-1008", "u-1009")
    }
    for thread in threads.values():
        said = {"text": f"My VPN drops every few minutes on my home Wi-Fi. {TOLD}"}
        answer = desk.api.post(f"/conversations/{thread}/messages", json=said)
        assert answer.status_code == 200, answer.text
        assert TOLD.rstrip(".") not in answer.json()["answer"]
    assert until(lambda: facts_of(desk, "u-1008"), bool) == [TOLD.rstrip(".")]
    (device,) = [fact for fact in memory(desk, "u-1008")["facts"] if fact["kind"] == "device"]
    assert device["source"] == threads["u-1008"]
    ticket = desk.resolved(sample(requester={"id": "u-1008"}))
    assert f"As you told us before: {TOLD.rstrip('.')}" in ticket["answer"]
    assert memory(desk, "u-1009")["facts"] == [], "they did not agree"


def test_nobody_is_remembered_who_did_not_agree(desk: Desk) -> None:
    desk.resolved(told("u-1004"))
    agree(desk, "u-1005")
    desk.resolved(told("u-1005"))
    until(lambda: facts_of(desk, "u-1005"), bool)
    assert memory(desk, "u-1004") == {
        "consent": {"setting": "opt_in", "given": None, "remembers": False}, "facts": [],
    }  # fmt: skip
    refused = desk.api.put("/users/u-1004/memory", json={"facts": [{"kind": "fact", "topic": "x", "text": "y"}]})
    problem(refused, 409)


def test_what_is_known_can_be_corrected_and_deleted_fact_by_fact(desk: Desk) -> None:
    path = "/users/u-1006/memory"
    facts = [
        {"kind": "device", "topic": "laptop", "text": "Uses a ThinkPad."},
        {"kind": "fact", "topic": "office", "text": "Works in Lyon."},
    ]
    shown = desk.api.put(path, json={"consent": True, "facts": facts}).json()["facts"]
    laptop = next(fact for fact in shown if fact["topic"] == "laptop")
    corrected = desk.api.put(f"{path}/{laptop['id']}", json={"text": "Uses a MacBook."})
    assert corrected.json()["text"] == "Uses a MacBook."
    assert desk.api.get(f"{path}/{laptop['id']}").json() == corrected.json()
    secret = problem(desk.api.put(f"{path}/{laptop['id']}", json={"text": "Mail: ada@example.com"}), 400)
    assert secret["errors"][0]["pointer"] == "/facts/0"
    assert desk.api.delete(f"{path}/{laptop['id']}").status_code == 204
    problem(desk.api.delete(f"{path}/{laptop['id']}"), 404)
    problem(desk.api.put(f"{path}/nothing", json={"text": "x"}), 404)
    assert facts_of(desk, "u-1006") == ["Works in Lyon."]
    assert desk.api.delete(path).json() == {"erased": 1}
    assert facts_of(desk, "u-1006") == []


def test_what_could_not_be_remembered_while_redis_was_gone_is_caught_up(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    with ExitStack() as first:
        url = first.enter_context(redis_server(folder))
        with running(tmp_path / "desk", SETTINGS | {"REDIS_URL": url}) as desk:
            before = desk.resolved(sample(requester={"id": "u-1007"}))
            assert "redis" not in before["degraded"]
            first.close()
            ticket = desk.resolved(told("u-1007"))
            assert "redis" in ticket["degraded"]
            listed = until(
                lambda: desk.api.get("/tasks", params={"type": "learn_requester"}).json()["items"],
                lambda items: any("redis" in item["degraded"] for item in items),
            )
            waiting = next(item["id"] for item in listed if "redis" in item["degraded"])
            port = int(url.rpartition(":")[2].partition("/")[0])
            with redis_server(folder, port=port):
                state = until(
                    lambda: desk.api.get(f"/task/{waiting}").json(),
                    lambda task: task["status"] == "completed",
                    patience_s=90,
                )
                assert state["steps"][0]["result"]["restored"] == 2
                threads = desk.api.get("/users/u-1007/threads").json()["items"]
                assert f"{ticket['id']}/1" in [item["thread"] for item in threads]
                assert desk.resolved(sample(requester={"id": "u-1007"}))["degraded"] == []
