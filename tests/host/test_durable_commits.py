"""Results that come together are recorded together and worked off in one turn; one that is bad spoils no other."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import durabletask.internal.orchestrator_service_pb2 as pb
import pytest
from azure.durable_functions.client import SyncDurableFunctionsClient
from durabletask.task import OrchestrationContext, Task, when_all

from devhost import durable_activities, durable_queue
from devhost.backend import DurableBackend, Ending, WorkItem
from tests.host.durable_worker import App, Steps, Worker, running_backend

WIDTH = 8
SOON_S = 5.0

app = App()


@app.activity
def step(number: int) -> int:
    return number


@app.orchestrator
def wide(ctx: OrchestrationContext, _: object) -> Steps:
    calls: list[Task[Any]] = [ctx.call_activity("step", input=number) for number in range(WIDTH)]
    return (yield when_all(calls))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[DurableBackend, SyncDurableFunctionsClient]]:
    with running_backend(tmp_path / "hub.db") as running:
        yield running


def taken(backend: DurableBackend, kind: Any = "activity", patience_s: float = SOON_S) -> WorkItem:
    item = backend.next_work((kind,), patience_s)
    assert item is not None
    return item


def all_out(backend: DurableBackend, client: SyncDurableFunctionsClient) -> list[WorkItem]:
    """A fan-out whose activities have all been handed out."""
    client.schedule_new_orchestration("wide", instance_id="w")
    Worker(backend, app).execute(taken(backend, "orchestration"))
    return [taken(backend) for _ in range(WIDTH)]


def heard(item: WorkItem) -> int:
    """How many results a turn is told."""
    request = pb.OrchestratorRequest.FromString(base64.b64decode(item.payload))
    return sum(event.HasField("taskCompleted") for event in request.newEvents)


def test_a_turn_waits_for_results_that_are_about_to_come_and_not_once_all_are_there(
    hub: tuple[DurableBackend, SyncDurableFunctionsClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable_queue, "LINGER_S", 600.0)
    monkeypatch.setattr(durable_queue, "LONGEST_LINGER_S", 600.0)
    backend, client = hub
    first, *others = all_out(backend, client)
    backend.settle([Ending(first, "0")])
    assert backend.next_work(("orchestration",), 0.1) is None
    for number, item in enumerate(others, start=1):
        backend.settle([Ending(item, str(number))])
    assert heard(taken(backend, "orchestration")) == WIDTH


def test_a_turn_does_not_wait_for_one_alone(
    hub: tuple[DurableBackend, SyncDurableFunctionsClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable_queue, "LINGER_S", 600.0)
    monkeypatch.setattr(durable_queue, "LONGEST_LINGER_S", 600.0)
    backend, client = hub
    *others, _last = all_out(backend, client)
    backend.settle([Ending(item, "0") for item in others])
    assert heard(taken(backend, "orchestration")) == WIDTH - 1


def test_a_turn_does_not_wait_for_long(
    hub: tuple[DurableBackend, SyncDurableFunctionsClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable_queue, "LINGER_S", 0.2)
    backend, client = hub
    first, *_ = all_out(backend, client)
    backend.settle([Ending(first, "0")])
    assert heard(taken(backend, "orchestration")) == 1


def test_an_event_that_comes_meanwhile_ends_the_waiting(
    hub: tuple[DurableBackend, SyncDurableFunctionsClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable_queue, "LINGER_S", 600.0)
    monkeypatch.setattr(durable_queue, "LONGEST_LINGER_S", 600.0)
    backend, client = hub
    first, *_ = all_out(backend, client)
    backend.settle([Ending(first, "0")])
    client.raise_orchestration_event("w", "inbox")
    assert heard(taken(backend, "orchestration")) == 1


def test_an_ending_that_cannot_be_recorded_is_run_again_and_the_others_are_recorded(
    hub: tuple[DurableBackend, SyncDurableFunctionsClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, client = hub
    items = all_out(backend, client)
    record = durable_activities.complete

    def refuse_one(tx: Any, activity: Any, result: str | None) -> None:
        if result == "3":
            raise OSError("no room")
        record(tx, activity, result)

    monkeypatch.setattr(durable_activities, "complete", refuse_one)
    backend.settle([Ending(item, str(number)) for number, item in enumerate(items)])
    again = taken(backend)
    assert again.payload == "3"
    assert backend.next_work(("activity",), 0) is None
    monkeypatch.undo()
    with Worker(backend, app) as worker:
        worker.execute(again)
        state = client.wait_for_orchestration_completion("w", timeout=20)
    assert state is not None
    assert state.serialized_output == "[0, 1, 2, 3, 4, 5, 6, 7]"


def test_what_was_handed_out_again_meanwhile_is_recorded_once(
    hub: tuple[DurableBackend, SyncDurableFunctionsClient],
) -> None:
    backend, client = hub
    first, *others = all_out(backend, client)
    backend.abandon(first)
    again = taken(backend)
    backend.settle([Ending(item, "1") for item in (first, again, *others)])
    assert heard(taken(backend, "orchestration")) == WIDTH
