"""Managing instances: terminate, suspend, resume, rewind, restart, purge, query, trace context."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import durabletask.internal.orchestrator_service_pb2 as pb
import grpc
import pytest
from azure.durable_functions.client import SyncDurableFunctionsClient
from durabletask import task
from durabletask.client import OrchestrationQuery, OrchestrationStatus

from devhost.backend import Ending, WorkItem
from devhost.durable_events import failure
from tests.host.durable_worker import App, Steps, Worker, eventually, running_backend

app = App()


@app.activity
def echo(value: Any) -> Any:
    return value


@app.orchestrator
def waits(ctx: task.OrchestrationContext, _: object) -> Steps:
    return (yield ctx.wait_for_external_event("go"))


@app.orchestrator
def counts(ctx: task.OrchestrationContext, _: object) -> Steps:
    first = yield ctx.wait_for_external_event("go")
    second = yield ctx.wait_for_external_event("go")
    third = yield ctx.wait_for_external_event("go")
    return [first, second, third]


@app.orchestrator
def has_descendants(ctx: task.OrchestrationContext, depth: int) -> Steps:
    if depth == 0:
        yield ctx.wait_for_external_event("never")
    children: list[task.Task[Any]] = [
        ctx.call_sub_orchestrator("has_descendants", input=depth - 1, instance_id=f"{ctx.instance_id}-{number}")
        for number in range(2)
    ]
    yield task.when_all(children)


@app.orchestrator
def has_child(ctx: task.OrchestrationContext, _: object) -> Steps:
    yield ctx.call_sub_orchestrator("waits", instance_id="the-child")


@app.orchestrator
def returns_input(ctx: task.OrchestrationContext, value: Any) -> Steps:
    return value
    yield


Client = SyncDurableFunctionsClient


@pytest.fixture
def client(tmp_path: Path):
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        yield client


def status(client: Client, instance_id: str) -> OrchestrationStatus | None:
    state = client.get_orchestration_state(instance_id)
    return state and state.runtime_status


def finish(client: Client, instance_id: str) -> Any:
    state = client.wait_for_orchestration_completion(instance_id, timeout=30)
    assert state is not None
    assert state.runtime_status == OrchestrationStatus.COMPLETED, state
    return state.get_output()


def test_terminating_ends_an_instance_with_the_given_output(client: Client) -> None:
    instance_id = client.schedule_new_orchestration("waits")
    client.terminate_orchestration(instance_id, output="enough")
    state = client.wait_for_orchestration_completion(instance_id, timeout=10)
    assert state is not None
    assert state.runtime_status == OrchestrationStatus.TERMINATED
    assert state.get_output() == "enough"


def test_terminating_recursively_ends_all_descendants_and_otherwise_none(client: Client) -> None:
    for recursive, expected in ((True, OrchestrationStatus.TERMINATED), (False, OrchestrationStatus.RUNNING)):
        root = client.schedule_new_orchestration("has_descendants", input=2)
        leaf = f"{root}-1-1"
        eventually(lambda leaf=leaf: status(client, leaf) == OrchestrationStatus.RUNNING)
        client.terminate_orchestration(root, recursive=recursive)
        assert status(client, root) == OrchestrationStatus.TERMINATED
        assert status(client, leaf) == expected


def test_a_terminated_child_fails_its_parents_call(client: Client) -> None:
    root = client.schedule_new_orchestration("has_child")
    eventually(lambda: status(client, "the-child"))
    client.terminate_orchestration("the-child")
    state = client.wait_for_orchestration_completion(root, timeout=10)
    assert state is not None
    assert state.runtime_status == OrchestrationStatus.FAILED


def test_what_is_not_running_cannot_be_terminated(client: Client) -> None:
    with pytest.raises(grpc.RpcError) as unknown:
        client.terminate_orchestration("nobody")
    assert unknown.value.code() == grpc.StatusCode.NOT_FOUND
    ended = client.schedule_new_orchestration("returns_input")
    finish(client, ended)
    with pytest.raises(grpc.RpcError) as over:
        client.terminate_orchestration(ended)
    assert over.value.code() == grpc.StatusCode.FAILED_PRECONDITION


def test_the_answer_of_a_turn_that_was_in_flight_at_termination_is_ignored(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client):
        worker = Worker(backend, app)
        instance_id = client.schedule_new_orchestration("returns_input", input=1)
        in_flight = backend.next_work(["orchestration"], 5)
        assert in_flight is not None
        client.terminate_orchestration(instance_id)
        worker.execute(in_flight)
        assert status(client, instance_id) == OrchestrationStatus.TERMINATED


def test_a_suspended_instance_keeps_its_events_until_it_is_resumed(client: Client) -> None:
    instance_id = client.schedule_new_orchestration("counts")
    client.wait_for_orchestration_start(instance_id)
    client.raise_orchestration_event(instance_id, "go", data=0)
    client.suspend_orchestration(instance_id, reason="maintenance")
    client.raise_orchestration_event(instance_id, "go", data=1)
    client.raise_orchestration_event(instance_id, "go", data=2)
    assert status(client, instance_id) == OrchestrationStatus.SUSPENDED
    with pytest.raises(TimeoutError):
        client.wait_for_orchestration_completion(instance_id, timeout=1)
    client.resume_orchestration(instance_id)
    assert finish(client, instance_id) == [0, 1, 2]


def test_an_instance_suspended_before_its_first_step_starts_when_resumed(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client):
        instance_id = client.schedule_new_orchestration("returns_input", input=7)
        client.suspend_orchestration(instance_id)
        with Worker(backend, app):
            client.resume_orchestration(instance_id)
            assert finish(client, instance_id) == 7


def test_rewinding_runs_again_what_failed_and_nothing_else(tmp_path: Path) -> None:
    calls: list[str] = []

    def flaky(name: str) -> str:
        calls.append(name)
        if name == "bad" and calls.count("bad") < 2:
            raise ConnectionError("down")
        return name

    def parent(ctx: task.OrchestrationContext, _: object) -> Steps:
        first = yield ctx.call_activity("flaky", input="good")
        second = yield ctx.call_sub_orchestrator("child", instance_id="child")
        return [first, second]

    def child(ctx: task.OrchestrationContext, _: object) -> Steps:
        first = yield ctx.call_activity("flaky", input="inner")
        second = yield ctx.call_activity("flaky", input="bad")
        return [first, second]

    own = App()
    own.activity(flaky)
    own.orchestrator(parent)
    own.orchestrator(child)
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, own):
        instance_id = client.schedule_new_orchestration("parent")
        failed = client.wait_for_orchestration_completion(instance_id, timeout=20)
        assert failed is not None
        assert failed.runtime_status == OrchestrationStatus.FAILED
        client.rewind_orchestration(instance_id, reason="it is up again")
        assert finish(client, instance_id) == ["good", ["inner", "bad"]]
        assert calls == ["good", "inner", "bad", "bad"]
        with pytest.raises(grpc.RpcError) as refused:
            client.rewind_orchestration(instance_id)
        assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION


def test_rewinding_gives_a_task_that_used_up_its_retries_one_more_attempt(tmp_path: Path) -> None:
    attempts: list[Any] = []

    def flaky(value: Any) -> int:
        attempts.append(value)
        if len(attempts) < 3:
            raise ConnectionError("down")
        return len(attempts)

    def tries_twice(ctx: task.OrchestrationContext, _: object) -> Steps:
        policy = task.RetryPolicy(first_retry_interval=timedelta(milliseconds=10), max_number_of_attempts=2)
        return (yield ctx.call_activity("flaky", input="x", retry_policy=policy))

    own = App()
    own.activity(flaky)
    own.orchestrator(tries_twice)
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, own):
        instance_id = client.schedule_new_orchestration("tries_twice")
        failed = client.wait_for_orchestration_completion(instance_id, timeout=20)
        assert failed is not None
        assert failed.runtime_status == OrchestrationStatus.FAILED
        client.rewind_orchestration(instance_id)
        assert finish(client, instance_id) == 3


def test_rewinding_waits_for_what_was_still_running_at_the_failure(tmp_path: Path) -> None:
    def parent(ctx: task.OrchestrationContext, _: object) -> Steps:
        slow: task.Task[Any] = ctx.call_activity("slow", input="slow")
        pause = ctx.create_timer(timedelta(seconds=2))
        flaky = yield ctx.call_activity("flaky", input="flaky")
        yield pause
        return [(yield slow), flaky]

    own = App()
    own.orchestrator(parent)
    own.activities["slow"] = own.activities["flaky"] = echo
    with running_backend(tmp_path / "hub.db") as (backend, client):
        worker = Worker(backend, own, activity_threads=0)
        instance_id = client.schedule_new_orchestration("parent")
        with worker:
            items = [backend.next_work(["activity"], 5) for _ in range(2)]
            slow, flaky = sorted([item for item in items if item], key=lambda item: item.name, reverse=True)
            backend.settle([Ending(flaky, failure=failure("ConnectionError", "down"))])
            eventually(lambda: status(client, instance_id) == OrchestrationStatus.FAILED)
            client.rewind_orchestration(instance_id)
            again = backend.next_work(["activity"], 5)
            assert again is not None
            assert again.name == "flaky"
            worker.execute(slow)
            worker.execute(again)
            assert finish(client, instance_id) == ["slow", "flaky"]


def test_restarting_runs_an_instance_again_with_its_input(client: Client) -> None:
    first = client.schedule_new_orchestration("returns_input", input={"a": 1})
    finish(client, first)
    second = client.restart_orchestration(first, restart_with_new_instance_id=True)
    assert second != first
    assert finish(client, second) == {"a": 1}
    assert client.restart_orchestration(first) == first
    assert finish(client, first) == {"a": 1}
    running = client.schedule_new_orchestration("waits")
    with pytest.raises(grpc.RpcError) as refused:
        client.restart_orchestration(running)
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION


def test_purging_deletes_ended_instances_only(client: Client) -> None:
    running = client.schedule_new_orchestration("waits")
    ended = client.schedule_new_orchestration("returns_input")
    finish(client, ended)
    assert client.purge_orchestration(running).deleted_instance_count == 0
    assert client.purge_orchestration(ended).deleted_instance_count == 1
    assert client.get_orchestration_state(ended) is None
    assert status(client, running) is not None


def test_purging_by_filter_goes_by_status_and_creation(client: Client) -> None:
    kept = client.schedule_new_orchestration("returns_input")
    finish(client, kept)
    boundary = datetime.now(UTC)
    ids = [client.schedule_new_orchestration("returns_input") for _ in range(5)]
    for instance_id in ids:
        finish(client, instance_id)
    terminated = client.schedule_new_orchestration("waits")
    client.terminate_orchestration(terminated)
    result = client.purge_orchestrations_by(created_time_from=boundary, runtime_status=[OrchestrationStatus.COMPLETED])
    assert result.deleted_instance_count == 5
    remaining = {state.instance_id for state in client.get_all_orchestration_states()}
    assert remaining == {kept, terminated}


def test_queries_filter_and_page(client: Client) -> None:
    ids = [client.schedule_new_orchestration("returns_input", input=n, instance_id=f"q-{n}") for n in range(9)]
    client.schedule_new_orchestration("waits", instance_id="other")
    for instance_id in ids:
        finish(client, instance_id)
    query = OrchestrationQuery(
        runtime_status=[OrchestrationStatus.COMPLETED],
        max_instance_count=4,
        fetch_inputs_and_outputs=True,
    )
    found = client.get_all_orchestration_states(query)
    assert [(state.instance_id, state.get_output()) for state in found] == [(f"q-{n}", n) for n in range(9)]
    page = client.list_instance_ids(page_size=5)
    rest = client.list_instance_ids(page_size=5, continuation_token=page.continuation_token)
    assert sorted([*page.items, *rest.items]) == ids
    assert rest.continuation_token is None


def _request(item: WorkItem) -> pb.OrchestratorRequest:
    return pb.OrchestratorRequest.FromString(base64.b64decode(item.payload))


def test_trace_context_flows_from_start_to_activity_child_and_entity(tmp_path: Path) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    def fans_out(ctx: task.OrchestrationContext, _: object) -> Steps:
        from durabletask.entities import EntityInstanceId

        ctx.signal_entity(EntityInstanceId("journal", "a"), "add")
        ctx.call_sub_orchestrator("waits", instance_id="child")
        yield ctx.call_activity("echo")

    own = App()
    own.orchestrator(fans_out)
    with running_backend(tmp_path / "hub.db") as (backend, _):
        start = pb.CreateInstanceRequest(name="fans_out", parentTraceContext=pb.TraceContext(traceParent=parent))
        start.parentTraceContext.traceState.value = "vendor=1"
        backend.hub.start_instance(start)
        first = backend.next_work(["orchestration"], 5)
        assert first is not None
        started = _request(first).newEvents[1].executionStarted
        assert started.parentTraceContext.traceParent == parent
        Worker(backend, own).execute(first)
        others = [backend.next_work([kind], 5) for kind in ("activity", "orchestration", "entity")]
        items = [first, *[item for item in others if item]]
        assert len(items) == 4
        assert {item.trace_parent.split("-")[1] for item in items if item.trace_parent} == {parent.split("-")[1]}
        assert all(item.trace_parent for item in items)
        assert {item.trace_state for item in items} == {"vendor=1"}


def test_a_response_need_not_repeat_a_token_or_the_status_to_keep_them(tmp_path: Path) -> None:
    def says_once(ctx: task.OrchestrationContext, _: object) -> Steps:
        ctx.set_custom_status({"step": 1})
        yield ctx.wait_for_external_event("go")
        ctx.continue_as_new(None)

    own = App()
    own.orchestrator(says_once)
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, own):
        instance_id = client.schedule_new_orchestration("says_once")

        def custom_status() -> Any:
            state = client.get_orchestration_state(instance_id)
            return state and state.serialized_custom_status

        assert json.loads(eventually(custom_status)) == {"step": 1}
        client.raise_orchestration_event(instance_id, "go")
        assert json.loads(custom_status()) == {"step": 1}
