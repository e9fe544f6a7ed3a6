"""Orchestrations, activities and sub-orchestrations on the durable backend."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from azure.durable_functions.client import SyncDurableFunctionsClient
from durabletask import task
from durabletask.client import OrchestrationState, OrchestrationStatus

from devhost.backend import DurableBackend, Ending
from tests.host.durable_worker import App, Steps, Worker, connect, eventually, running_backend

app = App()


@app.activity
def double(value: int) -> int:
    return value * 2


@app.activity
def fail_silently(_: object) -> None:
    raise ValueError


@app.activity
def fail_loudly(_: object) -> None:
    raise ValueError("the printer is on fire")


@app.activity
def nothing(_: object) -> None:
    return None


@app.activity
def echo(value: Any) -> Any:
    return value


@app.orchestrator
def chain(ctx: task.OrchestrationContext, value: int) -> Steps:
    for _ in range(3):
        value = yield ctx.call_activity("double", input=value)
    return value


@app.orchestrator
def fan_out(ctx: task.OrchestrationContext, count: int) -> Steps:
    calls: list[task.Task[Any]] = [ctx.call_activity("double", input=number) for number in range(count)]
    results: list[int] = yield task.when_all(calls)
    return sum(results)


@app.orchestrator
def calls(ctx: task.OrchestrationContext, activity: str) -> Steps:
    return (yield ctx.call_activity(activity))


@app.orchestrator
def catches(ctx: task.OrchestrationContext, activity: str) -> Steps:
    try:
        yield ctx.call_activity(activity)
    except task.TaskFailedError as error:
        return {"type": error.details.error_type, "message": error.details.message}


@app.orchestrator
def retries(ctx: task.OrchestrationContext, _: object) -> Steps:
    policy = task.RetryPolicy(first_retry_interval=timedelta(milliseconds=20), max_number_of_attempts=3)
    return (yield ctx.call_activity("fails_twice", retry_policy=policy))


@app.orchestrator
def tells_its_parent(ctx: task.OrchestrationContext, _: object) -> Any:
    return getattr(ctx, "parent_instance_id", None)


@app.orchestrator
def calls_child(ctx: task.OrchestrationContext, child: str) -> Steps:
    return (yield ctx.call_sub_orchestrator(child, input="fail_loudly"))


@app.orchestrator
def sets_status(ctx: task.OrchestrationContext, size: int) -> Steps:
    ctx.set_custom_status("x" * size)
    return "done"
    yield


@app.orchestrator
def waits(ctx: task.OrchestrationContext, _: object) -> Steps:
    return (yield ctx.wait_for_external_event("go"))


def run(client: SyncDurableFunctionsClient, name: str, value: Any = None, **options: Any) -> OrchestrationState:
    instance_id = client.schedule_new_orchestration(name, input=value, **options)
    state = client.wait_for_orchestration_completion(instance_id, timeout=30)
    assert state is not None
    return state


@pytest.fixture
def client(tmp_path: Path):
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        yield client


def test_activities_in_sequence_pass_their_results_on(client: SyncDurableFunctionsClient) -> None:
    assert run(client, "chain", 5).get_output() == 40


def test_activities_fan_out_and_their_results_come_together(client: SyncDurableFunctionsClient) -> None:
    assert run(client, "fan_out", 40).get_output() == 1560


def test_a_missing_result_is_none(client: SyncDurableFunctionsClient) -> None:
    state = run(client, "calls", "nothing")
    assert state.runtime_status == OrchestrationStatus.COMPLETED
    assert state.get_output() is None


def test_a_failing_activity_fails_its_caller_with_the_cause_inside(
    client: SyncDurableFunctionsClient,
) -> None:
    state = run(client, "calls", "fail_loudly")
    assert state.runtime_status == OrchestrationStatus.FAILED
    assert state.failure_details is not None
    assert "TaskFailedError" in state.failure_details.error_type
    cause = state.failure_details.inner_failure
    assert cause is not None
    assert (cause.error_type, cause.message) == ("builtins.ValueError", "the printer is on fire")
    assert "fail_loudly" in (cause.stack_trace or "")


def test_a_failure_with_an_empty_message_is_still_a_failure(client: SyncDurableFunctionsClient) -> None:
    assert run(client, "catches", "fail_silently").get_output() == {
        "type": "builtins.ValueError",
        "message": "",
    }


def test_a_retried_activity_runs_until_it_succeeds(tmp_path: Path) -> None:
    attempts: list[Any] = []

    def fails_twice(value: Any) -> int:
        attempts.append(value)
        if len(attempts) < 3:
            raise ConnectionError("not yet")
        return len(attempts)

    own = App()
    own.orchestrator(retries)
    own.activity(fails_twice)
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, own):
        assert run(client, "retries").get_output() == 3
    assert attempts == [None, None, None]


def test_a_child_knows_its_parent(client: SyncDurableFunctionsClient) -> None:
    state = run(client, "calls_child", "tells_its_parent")
    assert state.get_output() == state.instance_id


def test_a_failing_child_reports_the_whole_chain_of_causes(client: SyncDurableFunctionsClient) -> None:
    details = run(client, "calls_child", "calls").failure_details
    assert details is not None
    assert details.inner_failure is not None
    assert details.inner_failure.inner_failure is not None
    assert details.inner_failure.inner_failure.message == "the printer is on fire"


def test_a_child_whose_id_is_running_fails_the_call(client: SyncDurableFunctionsClient) -> None:
    own = "calls_child_with_id"

    def calls_child_with_id(ctx: task.OrchestrationContext, _: object) -> Steps:
        return (yield ctx.call_sub_orchestrator("waits", instance_id="taken"))

    app.orchestrators[own] = calls_child_with_id
    client.schedule_new_orchestration("waits", instance_id="taken")
    state = run(client, own)
    assert state.runtime_status == OrchestrationStatus.FAILED
    assert "already exists" in str(state.failure_details)


def test_a_custom_status_of_16_kb_is_kept_and_a_larger_one_fails_the_instance(
    client: SyncDurableFunctionsClient,
) -> None:
    largest = 16 * 1024 // 2 - 2  # two bytes a character, two characters of quotes
    kept = run(client, "sets_status", largest)
    assert kept.runtime_status == OrchestrationStatus.COMPLETED
    assert kept.get_custom_status() == "x" * largest
    refused = run(client, "sets_status", largest + 1)
    assert refused.runtime_status == OrchestrationStatus.FAILED
    assert refused.get_custom_status() is None


def test_payloads_over_four_megabytes_pass(client: SyncDurableFunctionsClient) -> None:
    def echoes(ctx: task.OrchestrationContext, value: Any) -> Steps:
        return (yield ctx.call_activity("echo", input=value))

    app.orchestrators["echoes"] = echoes
    large = "y" * (6 * 1024 * 1024)
    assert run(client, "echoes", large).get_output() == large


def test_an_unregistered_function_fails_the_instance_that_calls_it(
    client: SyncDurableFunctionsClient,
) -> None:
    assert run(client, "calls", "no_such_activity").runtime_status == OrchestrationStatus.FAILED


def test_history_events_carry_the_time_they_happened(client: SyncDurableFunctionsClient) -> None:
    begun = datetime.now(UTC)
    state = run(client, "chain", 1)
    times = [event.timestamp for event in client.get_orchestration_history(state.instance_id)]
    assert all(begun - timedelta(seconds=1) <= at <= datetime.now(UTC) for at in times)


def test_a_start_in_the_future_waits_for_its_time(client: SyncDurableFunctionsClient) -> None:
    start_at = datetime.now(UTC) + timedelta(seconds=1)
    instance_id = client.schedule_new_orchestration("chain", input=1, start_at=start_at)
    state = client.get_orchestration_state(instance_id)
    assert state is not None
    assert state.runtime_status == OrchestrationStatus.PENDING
    done = client.wait_for_orchestration_completion(instance_id, timeout=30)
    assert done is not None
    assert done.get_output() == 8
    assert datetime.now(UTC) >= start_at


def test_a_timer_fires_at_its_time(client: SyncDurableFunctionsClient) -> None:
    def sleeps(ctx: task.OrchestrationContext, _: object) -> Steps:
        before = ctx.current_utc_datetime
        yield ctx.create_timer(timedelta(milliseconds=300))
        return (ctx.current_utc_datetime - before).total_seconds()

    app.orchestrators["sleeps"] = sleeps
    assert run(client, "sleeps").get_output() >= 0.3


def test_many_waiting_clients_block_nobody(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        instance_id = client.schedule_new_orchestration("waits")
        outputs: list[Any] = []

        def wait() -> None:
            state = client.wait_for_orchestration_completion(instance_id, timeout=60)
            outputs.append(state and state.get_output())

        waiters = [threading.Thread(target=wait) for _ in range(60)]
        for waiter in waiters:
            waiter.start()
        assert run(client, "chain", 1).get_output() == 8
        client.raise_orchestration_event(instance_id, "go", data="now")
        for waiter in waiters:
            waiter.join(timeout=30)
        assert outputs == ["now"] * 60


def test_work_is_handed_out_the_moment_it_arrives(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client):
        handed_out: list[float] = []

        def pull() -> None:
            item = backend.next_work(["orchestration"], timeout_s=20)
            assert item is not None
            handed_out.append(time.monotonic())

        puller = threading.Thread(target=pull)
        puller.start()
        client.schedule_new_orchestration("chain", input=1)
        asked = time.monotonic()
        puller.join(timeout=20)
        assert handed_out[0] - asked < 5


def test_next_work_gives_up_at_its_deadline_and_hands_out_only_the_kinds_asked_for(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client):
        client.schedule_new_orchestration("chain", input=1)
        assert backend.next_work(["activity", "entity"], timeout_s=0.05) is None
        item = backend.next_work(["orchestration", "activity"], timeout_s=5)
        assert item is not None
        assert (item.kind, item.name) == ("orchestration", "chain")


def test_an_abandoned_item_is_handed_out_again_and_its_late_completion_is_ignored(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client):
        worker = Worker(backend, app)
        instance_id = client.schedule_new_orchestration("calls", input="echo")
        orchestration = backend.next_work(["orchestration"], 5)
        assert orchestration is not None
        worker.execute(orchestration)
        first = backend.next_work(["activity"], 5)
        assert first is not None
        backend.abandon(first)
        second = backend.next_work(["activity"], 5)
        assert second is not None
        assert first.token != second.token
        backend.settle([Ending(first, '"late"')])
        assert backend.next_work(["orchestration"], 0.05) is None
        backend.settle([Ending(second, '"in time"')])
        backend.settle([Ending(second, '"twice"')])
        with worker:
            state = client.wait_for_orchestration_completion(instance_id, timeout=30)
        assert state is not None
        assert state.get_output() == "in time"


def test_an_unreadable_answer_of_an_orchestrator_fails_the_instance(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client):
        instance_id = client.schedule_new_orchestration("chain", input=1)
        item = backend.next_work(["orchestration"], 5)
        assert item is not None
        backend.settle([Ending(item, "this is not base64")])
        state = client.wait_for_orchestration_completion(instance_id, timeout=10)
        assert state is not None
        assert state.runtime_status == OrchestrationStatus.FAILED


def test_the_backend_listens_on_the_loopback_only_and_on_the_port_it_is_given(tmp_path: Path) -> None:
    first = DurableBackend(tmp_path / "first.db")
    address = first.start()
    assert address.startswith("127.0.0.1:")
    second = DurableBackend(tmp_path / "second.db")
    with pytest.raises(OSError, match="cannot listen"):
        second.start(int(address.split(":")[1]))
    first.stop()


def test_two_backends_never_share_a_database(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db"), pytest.raises(OSError, match="in use"):
        DurableBackend(tmp_path / "hub.db").start()
    with running_backend(tmp_path / "hub.db"):
        pass


def test_an_id_that_looks_like_an_entity_is_refused(client: SyncDurableFunctionsClient) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        client.schedule_new_orchestration("chain", instance_id="@counter@a")
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_child_that_outlives_the_process_still_answers_its_parent(tmp_path: Path) -> None:
    database = tmp_path / "hub.db"
    with running_backend(database) as (backend, client), Worker(backend, app):
        parent = client.schedule_new_orchestration("calls_child", input="waits")
        child = f"{parent}:0001"
        eventually(lambda: client.get_orchestration_state(child))
    again = DurableBackend(database)
    client = connect(again.start())
    with Worker(again, app):
        client.raise_orchestration_event(child, "go", data="after the restart")
        state = client.wait_for_orchestration_completion(parent, timeout=30)
    client.close()
    again.stop()
    assert state is not None
    assert state.get_output() == "after the restart"
