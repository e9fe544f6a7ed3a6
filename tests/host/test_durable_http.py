"""The Durable HTTP API, status by status."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from durabletask import entities, task

from devhost.durable_http import routes
from tests.host.durable_worker import App, Steps, Worker, running_backend

BASE = "/runtime/webhooks/durabletask"
app = App()


@app.activity
def shout(value: str) -> str:
    return value.upper()


@app.orchestrator
def greets(ctx: task.OrchestrationContext, name: str) -> Steps:
    ctx.set_custom_status({"stage": "shouting"})
    return (yield ctx.call_activity("shout", input=name))


@app.orchestrator
def waits(ctx: task.OrchestrationContext, _: object) -> Steps:
    return (yield ctx.wait_for_external_event("go"))


@app.orchestrator
def breaks(ctx: task.OrchestrationContext, _: object) -> Steps:
    raise RuntimeError("out of paper")


@app.entity
def counter(ctx: entities.EntityContext, value: int | None) -> None:
    if ctx.operation == "delete":
        ctx.set_state(None)
    else:
        ctx.set_state(ctx.get_state(int, 0) + (value or 1))


Api = TestClient[Any, Any]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncGenerator[Api]:
    with running_backend(tmp_path / "hub.db") as (backend, _), Worker(backend, app):
        site = web.Application()
        site.add_routes(routes(backend, lambda: app.orchestrators))
        async with TestClient(TestServer(site)) as client:
            yield client


async def start(api: Api, name: str, instance_id: str = "", body: Any = None) -> dict[str, str]:
    path = f"{BASE}/orchestrators/{name}" + (f"/{instance_id}" if instance_id else "")
    response = await api.post(path, json=body)
    assert response.status == 202, await response.text()
    return await response.json()


async def ended(api: Api, instance_id: str, **query: str) -> tuple[int, dict[str, Any]]:
    """Poll as the Location header asks to, but faster."""
    for _ in range(1000):
        response = await api.get(f"{BASE}/instances/{instance_id}", params=query)
        if response.status != 202:
            return response.status, await response.json()
    raise AssertionError("the instance did not end")


async def test_starting_answers_with_links_that_work(api: Api) -> None:
    response = await api.post(f"{BASE}/orchestrators/greets/one", json="hello")
    assert response.status == 202
    links = await response.json()
    assert links["id"] == "one"
    assert response.headers["Location"] == links["statusQueryGetUri"]
    assert response.headers["Retry-After"] == "10"
    await ended(api, "one")
    async with ClientSession() as browser, browser.get(links["statusQueryGetUri"]) as status:
        assert (await status.json())["output"] == "HELLO"


async def test_a_running_id_conflicts_and_an_ended_one_is_replaced(api: Api) -> None:
    await start(api, "waits", "one")
    assert (await api.post(f"{BASE}/orchestrators/waits/one")).status == 409
    await start(api, "greets", "two", "a")
    await ended(api, "two")
    await start(api, "greets", "two", "b")
    assert (await ended(api, "two"))[1]["output"] == "B"


@pytest.mark.parametrize(
    ("path", "body"),
    [("orchestrators/nonsense", "1"), ("orchestrators/greets", "{"), ("orchestrators/greets/@x", "1")],
)
async def test_a_start_that_cannot_be_is_refused(api: Api, path: str, body: str) -> None:
    assert (await api.post(f"{BASE}/{path}", data=body)).status == 400


async def test_the_status_of_a_running_instance_says_when_to_come_back(api: Api) -> None:
    await start(api, "waits", "one", {"a": 1})
    response = await api.get(f"{BASE}/instances/one")
    assert response.status == 202
    assert response.headers["Location"].endswith(f"{BASE}/instances/one")
    assert int(response.headers["Retry-After"]) > 0
    shown = await response.json()
    assert shown["runtimeStatus"] in ("Pending", "Running")
    assert (shown["name"], shown["input"], shown["output"]) == ("waits", {"a": 1}, None)


async def test_the_status_shows_input_history_and_outputs_as_asked(api: Api) -> None:
    await start(api, "greets", "one", "hello")
    status, shown = await ended(api, "one")
    assert status == 200
    assert shown["input"] == "hello"
    assert shown["customStatus"] == {"stage": "shouting"}
    assert "historyEvents" not in shown
    _, bare = await ended(api, "one", showInput="false")
    assert bare["input"] is None
    _, with_history = await ended(api, "one", showHistory="true")
    kinds = [event["EventType"] for event in with_history["historyEvents"]]
    assert kinds == ["ExecutionStarted", "TaskCompleted", "ExecutionCompleted"]
    assert "Result" not in with_history["historyEvents"][1]
    _, with_outputs = await ended(api, "one", showHistory="true", showHistoryOutput="true")
    assert with_outputs["historyEvents"][1]["Result"] == "HELLO"
    assert with_outputs["historyEvents"][1]["FunctionName"] == "shout"


async def test_a_failure_is_200_or_500_as_asked(api: Api) -> None:
    await start(api, "breaks", "one")
    status, shown = await ended(api, "one")
    assert (status, shown["runtimeStatus"]) == (200, "Failed")
    assert "out of paper" in shown["output"]
    assert (await ended(api, "one", returnInternalServerErrorOnFailure="true"))[0] == 500


async def test_an_unknown_instance_is_404_for_every_request(api: Api) -> None:
    instance = f"{BASE}/instances/nobody"
    assert (await api.get(instance)).status == 404
    assert (await api.delete(instance)).status == 404
    for action in ("raiseEvent/go", "terminate", "suspend", "resume", "rewind"):
        assert (await api.post(f"{instance}/{action}", json={})).status == 404, action
    assert (await api.post(f"{instance}/restart")).status == 400


async def test_events_reach_a_running_instance_and_an_ended_one_is_gone(api: Api) -> None:
    await start(api, "waits", "one")
    assert (await api.post(f"{BASE}/instances/one/raiseEvent/go", data="text")).status == 400
    bad = await api.post(f"{BASE}/instances/one/raiseEvent/go", data="{", headers={"Content-Type": "application/json"})
    assert bad.status == 400
    assert (await api.post(f"{BASE}/instances/one/raiseEvent/go", json={"n": 1})).status == 202
    assert (await ended(api, "one"))[1]["output"] == {"n": 1}
    assert (await api.post(f"{BASE}/instances/one/raiseEvent/go", json={})).status == 410
    for action in ("terminate", "suspend", "resume"):
        assert (await api.post(f"{BASE}/instances/one/{action}")).status == 410, action
    assert (await api.post(f"{BASE}/instances/one/rewind")).status == 412


async def test_terminate_suspend_and_resume(api: Api) -> None:
    await start(api, "waits", "one")
    assert (await api.post(f"{BASE}/instances/one/suspend?reason=lunch")).status == 202
    response = await api.get(f"{BASE}/instances/one")
    assert response.status == 202
    assert (await response.json())["runtimeStatus"] == "Suspended"
    assert (await api.post(f"{BASE}/instances/one/resume?reason=back")).status == 202
    assert (await api.post(f"{BASE}/instances/one/terminate?reason=enough")).status == 202
    status, shown = await ended(api, "one")
    assert (status, shown["runtimeStatus"], shown["output"]) == (200, "Terminated", "enough")


async def test_rewind_and_restart(api: Api) -> None:
    await start(api, "breaks", "one")
    await ended(api, "one")
    assert (await api.post(f"{BASE}/instances/one/rewind?reason=again")).status == 202
    assert (await ended(api, "one"))[1]["runtimeStatus"] == "Failed"
    await start(api, "greets", "two", "hi")
    await ended(api, "two")
    response = await api.post(f"{BASE}/instances/two/restart")
    assert response.status == 202
    again = (await response.json())["id"]
    assert again != "two"
    assert (await ended(api, again))[1]["output"] == "HI"
    same = await api.post(f"{BASE}/instances/two/restart?restartWithNewInstanceId=false")
    assert (await same.json())["id"] == "two"
    await start(api, "waits", "three")
    running = await api.post(f"{BASE}/instances/three/restart?restartWithNewInstanceId=false")
    assert running.status == 409


async def test_queries_filter_and_continue(api: Api) -> None:
    for number in range(5):
        await start(api, "greets", f"q-{number}", "x")
        await ended(api, f"q-{number}")
    await start(api, "waits", "other")
    query = {"runtimeStatus": "Completed,Failed", "instanceIdPrefix": "q-", "top": "3", "showInput": "false"}
    first = await api.get(f"{BASE}/instances", params=query)
    token = first.headers["x-ms-continuation-token"]
    second = await api.get(f"{BASE}/instances", params=query, headers={"x-ms-continuation-token": token})
    found = [*await first.json(), *await second.json()]
    assert [each["instanceId"] for each in found] == [f"q-{number}" for number in range(5)]
    assert second.headers["x-ms-continuation-token"] == ""
    none = await api.get(f"{BASE}/instances", params={"createdTimeTo": "2001-01-01T00:00:00Z"})
    assert await none.json() == []


@pytest.mark.parametrize("query", ["runtimeStatus=Sleeping", "createdTimeFrom=yesterday", "top=many"])
async def test_a_query_that_makes_no_sense_is_refused(api: Api, query: str) -> None:
    assert (await api.get(f"{BASE}/instances?{query}")).status == 400


async def test_a_continuation_token_of_somebody_else_is_refused(api: Api) -> None:
    for path in ("instances", "entities"):
        for token in ("nonsense", "W10="):
            response = await api.get(f"{BASE}/{path}", headers={"x-ms-continuation-token": token})
            assert response.status == 400, (path, token)


async def test_purging_one_or_many(api: Api) -> None:
    await start(api, "waits", "running")
    assert (await api.delete(f"{BASE}/instances/running")).status == 412
    for name in ("a", "b", "c"):
        await start(api, "greets", name, "x")
        await ended(api, name)
    response = await api.delete(f"{BASE}/instances/a")
    assert (response.status, await response.json()) == (200, {"instancesDeleted": 1})
    assert (await api.delete(f"{BASE}/instances")).status == 400
    query = {"createdTimeFrom": "2020-01-01T00:00:00Z", "runtimeStatus": "Completed"}
    response = await api.delete(f"{BASE}/instances", params=query)
    assert (response.status, await response.json()) == (200, {"instancesDeleted": 2})
    assert (await api.delete(f"{BASE}/instances", params=query)).status == 404


async def test_entities_are_signalled_read_listed_and_deleted(api: Api) -> None:
    entity = f"{BASE}/entities/Counter/a"
    assert (await api.get(entity)).status == 404

    async def shown() -> Any:
        response = await api.get(entity)
        return await response.json() if response.status == 200 else None

    async def becomes(expected: Any) -> None:
        for _ in range(1000):
            if await shown() == expected:
                return
        raise AssertionError(f"the entity never became {expected}, it is {await shown()}")

    assert (await api.post(f"{entity}?op=add", json=5)).status == 202
    await becomes(5)
    listed = await (await api.get(f"{BASE}/entities/counter?fetchState=true")).json()
    assert [(each["entityId"], each["state"]) for each in listed] == [({"name": "counter", "key": "a"}, 5)]
    assert (await api.delete(entity)).status == 202
    await becomes(None)
