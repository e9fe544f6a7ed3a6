"""Entities: order, state, calls and their failures, locks, deletion."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import durabletask.internal.orchestrator_service_pb2 as pb
import pytest
from azure.durable_functions.client import SyncDurableFunctionsClient
from durabletask import entities, task
from durabletask.client import EntityQuery, OrchestrationStatus
from durabletask.entities import EntityInstanceId

from devhost.backend import Ending
from devhost.durable_events import failure
from tests.host.durable_worker import App, Steps, Worker, eventually, running_backend

app = App()


@app.entity
def journal(ctx: entities.EntityContext, value: Any) -> Any:
    """Keeps a list; knows add, get, forget, fail, remind, begin."""
    lines: list[Any] = ctx.get_state(list, [])
    match ctx.operation:
        case "add":
            ctx.set_state([*lines, value])
        case "get":
            return lines
        case "forget":
            ctx.set_state(None)
        case "pass_on":
            ctx.signal_entity(EntityInstanceId("journal", value["to"]), "add", value["line"])
        case "begin":
            return ctx.schedule_new_orchestration("adds", value, instance_id=value["id"])
        case _:
            raise KeyError(ctx.operation)
    return len(lines)


@app.orchestrator
def adds(ctx: task.OrchestrationContext, value: dict[str, Any]) -> Steps:
    yield ctx.call_entity(EntityInstanceId("journal", value["key"]), "add", value["line"])
    return (yield ctx.call_entity(EntityInstanceId("journal", value["key"]), "get"))


@app.orchestrator
def calls_badly(ctx: task.OrchestrationContext, key: str) -> Steps:
    try:
        yield ctx.call_entity(EntityInstanceId("journal", key), "no such operation")
    except Exception as error:  # noqa: BLE001 - its text is what is looked at
        return str(error)


@app.orchestrator
def holds_two(ctx: task.OrchestrationContext, name: str) -> Steps:
    """Write begin and end into two journals while holding both."""
    both = [EntityInstanceId("journal", "left"), EntityInstanceId("journal", "right")]
    with (yield ctx.lock_entities(both)):
        for line in ("begin", "end"):
            for entity in both:
                yield ctx.call_entity(entity, "add", f"{name} {line}")
            yield ctx.create_timer(timedelta(milliseconds=10))
    return "released"


@app.orchestrator
def holds_for_ever(ctx: task.OrchestrationContext, _: object) -> Steps:
    with (yield ctx.lock_entities([EntityInstanceId("journal", "left")])):
        yield ctx.wait_for_external_event("never")


@pytest.fixture
def client(tmp_path: Path):
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        yield client


def lines(client: SyncDurableFunctionsClient, key: str) -> list[Any]:
    entity = client.get_entity(EntityInstanceId("journal", key))
    return json.loads(entity.get_state() or "[]") if entity else []


def signal(client: SyncDurableFunctionsClient, key: str, operation: str, value: Any = None) -> None:
    client.signal_entity(EntityInstanceId("journal", key), operation, value)


def finish(client: SyncDurableFunctionsClient, instance_id: str) -> Any:
    state = client.wait_for_orchestration_completion(instance_id, timeout=30)
    assert state is not None
    assert state.runtime_status == OrchestrationStatus.COMPLETED, state
    return state.get_output()


def test_signals_are_worked_off_in_order(client: SyncDurableFunctionsClient) -> None:
    for number in range(50):
        signal(client, "a", "add", number)
    assert eventually(lambda: len(lines(client, "a")) == 50)
    assert lines(client, "a") == list(range(50))


def test_an_orchestration_calls_an_entity_and_gets_its_answer(client: SyncDurableFunctionsClient) -> None:
    instance_id = client.schedule_new_orchestration("adds", input={"key": "a", "line": "hello"})
    assert finish(client, instance_id) == ["hello"]


def test_a_failing_operation_raises_in_its_caller_and_keeps_the_state(
    client: SyncDurableFunctionsClient,
) -> None:
    signal(client, "a", "add", 1)
    instance_id = client.schedule_new_orchestration("calls_badly", input="a")
    assert "no such operation" in finish(client, instance_id)
    assert lines(client, "a") == [1]


def test_a_deleted_entity_no_longer_exists(client: SyncDurableFunctionsClient) -> None:
    signal(client, "a", "add", 1)
    eventually(lambda: client.get_entity(EntityInstanceId("journal", "a")))
    signal(client, "a", "forget")
    eventually(lambda: client.get_entity(EntityInstanceId("journal", "a")) is None)
    assert client.get_all_entities(EntityQuery(instance_id_starts_with="@journal@")) == []
    assert client.clean_entity_storage().empty_entities_removed == 1


def test_an_entity_that_was_never_signalled_does_not_exist(client: SyncDurableFunctionsClient) -> None:
    assert client.get_entity(EntityInstanceId("journal", "nobody")) is None


def test_entities_signal_each_other_and_start_orchestrations(client: SyncDurableFunctionsClient) -> None:
    signal(client, "a", "pass_on", {"to": "b", "line": "from a"})
    eventually(lambda: lines(client, "b") == ["from a"])
    signal(client, "a", "begin", {"id": "started", "key": "b", "line": "from the orchestration"})
    eventually(lambda: client.get_orchestration_state("started"))
    assert finish(client, "started") == ["from a", "from the orchestration"]


def test_a_signal_for_later_waits_for_its_time(client: SyncDurableFunctionsClient) -> None:
    at = datetime.now(UTC) + timedelta(milliseconds=400)
    client.signal_entity(EntityInstanceId("journal", "a"), "add", "later", signal_time=at)
    signal(client, "a", "add", "now")
    eventually(lambda: lines(client, "a") == ["now"])
    eventually(lambda: lines(client, "a") == ["now", "later"])
    assert datetime.now(UTC) >= at


def test_critical_sections_exclude_each_other_and_everybody_else(
    client: SyncDurableFunctionsClient,
) -> None:
    names = [f"section {number}" for number in range(4)]
    ids = [client.schedule_new_orchestration("holds_two", input=name) for name in names]
    for number in range(20):
        signal(client, "left", "add", f"outsider {number}")
    assert [finish(client, instance_id) for instance_id in ids] == ["released"] * 4
    eventually(lambda: len(lines(client, "left")) == 28)
    for key in ("left", "right"):
        written = lines(client, key)
        for name in names:
            begun = written.index(f"{name} begin")
            assert written[begun + 1] == f"{name} end"


def test_the_end_of_the_holder_frees_its_locks(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        holder = client.schedule_new_orchestration("holds_for_ever")
        everything = pb.QueryEntitiesRequest(query=pb.EntityQuery(includeTransient=True))
        locked = eventually(lambda: backend.hub.query_entities(everything).entities)
        assert [(entity.instanceId, entity.lockedBy.value) for entity in locked] == [("@journal@left", holder)]
        signal(client, "left", "add", "waited")
        waiting = client.schedule_new_orchestration("holds_two", input="next")
        assert lines(client, "left") == []
        client.terminate_orchestration(holder)
        assert finish(client, waiting) == "released"
        assert sorted(lines(client, "left")) == ["next begin", "next end", "waited"]


def test_a_lock_is_granted_in_its_turn_between_the_operations_around_it(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client):
        worker = Worker(backend, app)
        signal(client, "left", "add", "before")
        client.schedule_new_orchestration("holds_for_ever")
        step = backend.next_work(["orchestration"], 5)
        assert step is not None
        worker.execute(step)
        signal(client, "left", "add", "after")
        batch = backend.next_work(["entity"], 5)
        assert batch is not None
        worker.execute(batch)
        assert backend.next_work(["entity"], 0.1) is None
        assert lines(client, "left") == ["before"]


def test_a_batch_whose_function_raises_fails_its_calls_only(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client):
        worker = Worker(backend, app)
        caller = client.schedule_new_orchestration("adds", input={"key": "a", "line": 1})
        step = backend.next_work(["orchestration"], 5)
        assert step is not None
        worker.execute(step)
        batch = backend.next_work(["entity"], 5)
        assert batch is not None
        assert (batch.name, batch.instance_id) == ("journal", "@journal@a")
        backend.settle([Ending(batch, failure=failure("ImportError", "the app does not load"))])
        with worker:
            state = client.wait_for_orchestration_completion(caller, timeout=30)
        assert state is not None
        assert state.runtime_status == OrchestrationStatus.FAILED
        assert "the app does not load" in str(state.failure_details)


def test_entities_are_listed_in_pages(client: SyncDurableFunctionsClient) -> None:
    for number in range(7):
        signal(client, f"k{number}", "add", number)
    query = EntityQuery(instance_id_starts_with="@journal@k", page_size=3)
    eventually(lambda: len(client.get_all_entities(query)) == 7)
    assert [entity.get_typed_state(list) for entity in client.get_all_entities(query)] == [[n] for n in range(7)]
