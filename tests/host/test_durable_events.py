"""External events, continue-as-new, id reuse: nothing undelivered is lost, nothing late gets in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import durabletask.internal.orchestrator_service_pb2 as pb
import grpc
import pytest
from durabletask import task
from durabletask.client import OrchestrationStatus

from devhost.backend import DurableBackend, WorkItem
from tests.host.durable_worker import App, Steps, Worker, eventually, running_backend

app = App()


@app.activity
def echo(value: Any) -> Any:
    return value


@app.orchestrator
def waits(ctx: task.OrchestrationContext, _: object) -> Steps:
    return (yield ctx.wait_for_external_event("go"))


@app.orchestrator
def collects(ctx: task.OrchestrationContext, seen: list[int]) -> Steps:
    """Take one event an execution, until the last one has come."""
    number = yield ctx.wait_for_external_event("number")
    seen = [*seen, number]
    if number == -1:
        return seen
    ctx.continue_as_new(seen, save_events=True)


@app.orchestrator
def collects_with_pauses(ctx: task.OrchestrationContext, seen: list[int]) -> Steps:
    """Race each event against a timer that often fires at the same moment."""
    arrived = ctx.wait_for_external_event("number")
    pause = ctx.create_timer(timedelta(milliseconds=5))
    first = yield task.when_any([arrived, pause])
    if first is arrived:
        seen = [*seen, arrived.get_result()]
        if seen[-1] == -1:
            return seen
    ctx.continue_as_new(seen, save_events=True)


@app.orchestrator
def leaves_work_behind(ctx: task.OrchestrationContext, generation: int) -> Steps:
    """Start an activity, a child and a timer, and continue as new without waiting for them."""
    if generation == 0:
        ctx.call_activity("echo", input="from before")
        ctx.create_timer(timedelta(milliseconds=50))
        ctx.call_sub_orchestrator("waits", instance_id="left-behind")
        yield ctx.wait_for_external_event("go on")
        ctx.continue_as_new(1)
        return None
    answer: task.Task[Any] = ctx.call_activity("echo", input="from now")
    pause = ctx.create_timer(timedelta(milliseconds=300))
    child: task.Task[Any] = ctx.call_sub_orchestrator("waits", instance_id="mine")
    before = ctx.current_utc_datetime
    yield task.when_all([answer, pause, child])
    slept = (ctx.current_utc_datetime - before).total_seconds()
    return [answer.get_result(), child.get_result(), slept >= 0.3]


def pull(backend: DurableBackend, kind: Any = "orchestration") -> WorkItem:
    item = backend.next_work([kind], timeout_s=10)
    assert item is not None
    return item


def output(client: Any, instance_id: str) -> Any:
    state = client.wait_for_orchestration_completion(instance_id, timeout=30)
    assert state.runtime_status == OrchestrationStatus.COMPLETED, state
    return state.get_output()


def test_events_reach_every_generation_in_order_once(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        instance_id = client.schedule_new_orchestration("collects", input=[])
        for number in [*range(60), -1]:
            client.raise_orchestration_event(instance_id, "number", data=number)
        assert output(client, instance_id) == [*range(60), -1]


def test_an_event_that_arrives_with_the_timer_is_neither_lost_nor_taken_twice(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        instance_id = client.schedule_new_orchestration("collects_with_pauses", input=[])
        for number in [*range(60), -1]:
            client.raise_orchestration_event(instance_id, "number", data=number)
        assert output(client, instance_id) == [*range(60), -1]


@pytest.mark.parametrize("save_events", [True, False])
def test_an_event_raised_while_the_instance_continues_as_new_is_delivered(tmp_path: Path, save_events: bool) -> None:
    def renews(ctx: task.OrchestrationContext, generation: int) -> Steps:
        event = yield ctx.wait_for_external_event("number")
        if generation == 1:
            return event
        ctx.continue_as_new(1, save_events=save_events)

    own = App()
    own.orchestrator(renews)
    with running_backend(tmp_path / "hub.db") as (backend, client):
        worker = Worker(backend, own)
        instance_id = client.schedule_new_orchestration("renews", input=0)
        worker.execute(pull(backend))
        client.raise_orchestration_event(instance_id, "number", data="first")
        in_flight = pull(backend)
        client.raise_orchestration_event(instance_id, "number", data="second")
        worker.execute(in_flight)
        with worker:
            assert output(client, instance_id) == "second"


def test_what_an_earlier_generation_started_does_not_leak_into_the_next(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app, activity_threads=0):
        worker = Worker(backend, app)
        instance_id = client.schedule_new_orchestration("leaves_work_behind", input=0)
        old = pull(backend, "activity")
        client.raise_orchestration_event(instance_id, "go on")
        new = pull(backend, "activity")
        worker.execute(old)
        client.raise_orchestration_event("left-behind", "go", data="from before")
        eventually(lambda: client.get_orchestration_state("mine"))
        client.raise_orchestration_event("mine", "go", data="from now")
        worker.execute(new)
        assert output(client, instance_id) == ["from now", "from now", True]


def test_what_is_started_in_the_step_that_continues_as_new_is_not_run(tmp_path: Path) -> None:
    def renews(ctx: task.OrchestrationContext, generation: int) -> Steps:
        if generation == 0:
            ctx.call_activity("echo", input="for nobody")
            ctx.create_timer(timedelta(milliseconds=1))
            ctx.continue_as_new(1)
            return
        yield ctx.wait_for_external_event("go")

    own = App()
    own.orchestrator(renews)
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, own, activity_threads=0):
        instance_id = client.schedule_new_orchestration("renews", input=0)
        eventually(lambda: client.get_orchestration_history(instance_id))
        assert backend.next_work(["activity"], 0.2) is None
        history = client.get_orchestration_history(instance_id)
        assert not any(type(event).__name__ == "TimerFiredEvent" for event in history)


def test_a_completed_id_starts_afresh_and_its_old_results_are_dropped(tmp_path: Path) -> None:
    def forgets(ctx: task.OrchestrationContext, value: str) -> Steps:
        answer: task.Task[Any] = ctx.call_activity("echo", input=value)
        if value == "wait":
            return (yield answer)
        return "done"

    own = App()
    own.orchestrator(forgets)
    own.activity(echo)
    with running_backend(tmp_path / "hub.db") as (backend, client):
        worker = Worker(backend, own)
        client.schedule_new_orchestration("forgets", input="leave", instance_id="same")
        worker.execute(pull(backend))
        old = pull(backend, "activity")
        assert output(client, "same") == "done"
        client.schedule_new_orchestration("forgets", input="wait", instance_id="same")
        worker.execute(pull(backend))
        new = pull(backend, "activity")
        worker.execute(old)
        worker.execute(new)
        with worker:
            assert output(client, "same") == "wait"
        history = client.get_orchestration_history("same")
        assert sum(type(event).__name__ == "ExecutionStartedEvent" for event in history) == 1


def test_a_running_id_cannot_be_started_again(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (_, client):
        client.schedule_new_orchestration("waits", instance_id="same")
        with pytest.raises(grpc.RpcError) as refused:
            client.schedule_new_orchestration("waits", instance_id="same")
        assert refused.value.code() == grpc.StatusCode.ALREADY_EXISTS


@pytest.mark.parametrize(
    ("replaceable", "accepted"),
    [
        ([pb.ORCHESTRATION_STATUS_COMPLETED], True),
        ([pb.ORCHESTRATION_STATUS_FAILED], False),
        ([], False),
    ],
)
def test_a_reuse_policy_says_which_ended_instances_may_be_replaced(
    tmp_path: Path, replaceable: list[Any], accepted: bool
) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        client.schedule_new_orchestration("waits", instance_id="same")
        client.raise_orchestration_event("same", "go", data=1)
        assert output(client, "same") == 1
        policy = pb.OrchestrationIdReusePolicy(replaceableStatus=replaceable)
        if accepted:
            client.schedule_new_orchestration("waits", instance_id="same", reuse_id_policy=policy)
            client.raise_orchestration_event("same", "go", data=2)
            assert output(client, "same") == 2
        else:
            with pytest.raises(grpc.RpcError) as refused:
                client.schedule_new_orchestration("waits", instance_id="same", reuse_id_policy=policy)
            assert refused.value.code() == grpc.StatusCode.ALREADY_EXISTS


def test_a_reuse_policy_may_replace_a_running_instance(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        client.schedule_new_orchestration("waits", instance_id="same")
        client.wait_for_orchestration_start("same", timeout=10)
        policy = pb.OrchestrationIdReusePolicy(
            replaceableStatus=[pb.ORCHESTRATION_STATUS_RUNNING, pb.ORCHESTRATION_STATUS_PENDING]
        )
        client.schedule_new_orchestration("collects", input=[], instance_id="same", reuse_id_policy=policy)
        client.raise_orchestration_event("same", "number", data=-1)
        assert output(client, "same") == [-1]


def test_an_event_before_the_first_step_is_delivered(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client):
        instance_id = client.schedule_new_orchestration("waits")
        client.raise_orchestration_event(instance_id, "go", data="early")
        with Worker(backend, app):
            assert output(client, instance_id) == "early"


def test_an_event_before_a_delayed_start_is_delivered_after_it(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        start_at = datetime.now(UTC) + timedelta(milliseconds=400)
        instance_id = client.schedule_new_orchestration("waits", start_at=start_at)
        client.raise_orchestration_event(instance_id, "go", data="early")
        state = client.get_orchestration_state(instance_id)
        assert state is not None
        assert state.runtime_status == OrchestrationStatus.PENDING
        assert output(client, instance_id) == "early"
        assert datetime.now(UTC) >= start_at


def test_an_event_for_an_unknown_instance_is_refused(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (_, client):
        with pytest.raises(grpc.RpcError) as refused:
            client.raise_orchestration_event("nobody", "go")
        assert refused.value.code() == grpc.StatusCode.NOT_FOUND


def test_an_event_for_an_ended_instance_is_refused_and_leaves_no_trace(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        client.schedule_new_orchestration("waits", instance_id="same")
        client.raise_orchestration_event("same", "go", data=1)
        assert output(client, "same") == 1
        with pytest.raises(grpc.RpcError) as refused:
            client.raise_orchestration_event("same", "go", data="late")
        assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION
        client.schedule_new_orchestration("waits", instance_id="same")
        client.raise_orchestration_event("same", "go", data=2)
        assert output(client, "same") == 2


def test_an_orchestration_sends_events_to_another_and_none_to_nobody(tmp_path: Path) -> None:
    def sends(ctx: task.OrchestrationContext, _: object) -> Steps:
        ctx.send_event("receiver", "go", data="hello")
        ctx.send_event("nobody", "go", data="hello")
        return "sent"
        yield

    own = App()
    own.orchestrator(sends)
    own.orchestrator(waits)
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, own):
        client.schedule_new_orchestration("waits", instance_id="receiver")
        sender = client.schedule_new_orchestration("sends")
        assert output(client, "receiver") == "hello"
        assert output(client, sender) == "sent"
