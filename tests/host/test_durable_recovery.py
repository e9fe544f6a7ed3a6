"""What a backend has acknowledged is there after kill -9, and what was committed does not run again."""

import gc
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from azure.durable_functions.client import SyncDurableFunctionsClient
from durabletask import task
from durabletask.client import OrchestrationStatus
from durabletask.entities import EntityInstanceId

from tests.host.durable_worker import App, Steps, Worker, connect, eventually, running_backend

DRIVER = Path(__file__).parent / "durable_driver.py"
ROOT = Path(__file__).parents[2]
JOURNEYS = 40
KILLS = 4

app = App()


@dataclass
class Stack:
    """The process under test: started, killed and started again on the same file."""

    folder: Path
    client: SyncDurableFunctionsClient | None = None
    process: subprocess.Popen[str] | None = None
    up: threading.Event = field(default_factory=threading.Event)

    @property
    def database(self) -> Path:
        return self.folder / "hub.db"

    def start(self) -> None:
        environment = {
            **os.environ,
            "ACTIVITY_LOG": str(self.folder / "activities.log"),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "devhost")]),
        }
        self.process = subprocess.Popen(
            [sys.executable, str(DRIVER), str(self.database)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.process.stdout is not None
        self.client = connect(self.process.stdout.readline().strip())
        self.up.set()

    def kill(self) -> None:
        self.up.clear()
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=30)

    def insist(self, call: Callable[[SyncDurableFunctionsClient], Any]) -> Any:
        """Repeat a call until it is acknowledged, across restarts."""
        for _ in range(200):
            assert self.up.wait(timeout=60)
            assert self.client is not None
            try:
                return call(self.client)
            except grpc.RpcError as error:
                if error.code() == grpc.StatusCode.ALREADY_EXISTS:
                    return None
                if error.code() != grpc.StatusCode.UNAVAILABLE:
                    raise
        raise AssertionError("the call was never acknowledged")

    def executions(self) -> Counter[tuple[str, int]]:
        log = self.folder / "activities.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return Counter((name, int(number)) for name, number in (line.split() for line in lines))

    def outstanding(self) -> set[tuple[str, int]]:
        """Activities that are scheduled and have no committed result."""
        with closing(sqlite3.connect(self.database)) as connection:
            rows = connection.execute("SELECT instance_id, input FROM activities").fetchall()
        return {(instance_id, int(text.split(":")[-1].strip(" }"))) for instance_id, text in rows}


@pytest.fixture
def stack(tmp_path: Path):
    stack = Stack(tmp_path)
    yield stack
    if stack.process is not None and stack.process.poll() is None:
        stack.process.kill()
        stack.process.wait(timeout=30)


def begin(name: str, client: SyncDurableFunctionsClient) -> None:
    client.schedule_new_orchestration("journey", instance_id=name)


def go(name: str, client: SyncDurableFunctionsClient) -> None:
    client.raise_orchestration_event(name, "go", data=f"go {name}")


def test_kill_9_loses_nothing_acknowledged_and_repeats_nothing_committed(stack: Stack) -> None:
    names = [f"journey-{number}" for number in range(JOURNEYS)]
    stack.start()

    def travel() -> None:
        for name in names:
            stack.insist(lambda client, name=name: client.schedule_new_orchestration("journey", instance_id=name))
            stack.insist(lambda client, name=name: client.raise_orchestration_event(name, "go", data=f"go {name}"))

    traveller = threading.Thread(target=travel)
    traveller.start()
    committed: dict[tuple[str, int], int] = {}
    in_flight: Counter[tuple[str, int]] = Counter()
    for _ in range(KILLS):
        time.sleep(random.uniform(0.2, 0.7))
        stack.kill()
        executed, outstanding = stack.executions(), stack.outstanding()
        in_flight.update(outstanding & executed.keys())
        committed.update({key: count for key, count in executed.items() if key not in outstanding})
        stack.start()
    traveller.join(timeout=120)
    assert not traveller.is_alive()

    assert stack.client is not None
    for name in names:
        state = stack.client.wait_for_orchestration_completion(name, timeout=60)
        assert state is not None
        assert state.runtime_status == OrchestrationStatus.COMPLETED, state
        assert state.get_output() == [*(f"{name}-{n}" for n in range(3)), f"go {name}", f"{name}-leg-9"]
    executed = stack.executions()
    assert {key: executed[key] for key in committed} == committed
    assert all(count <= 1 + in_flight[key] for key, count in executed.items())
    tally = stack.client.get_entity(EntityInstanceId("tally", "all"))
    assert tally is not None
    assert sorted(json.loads(tally.get_state())) == sorted(names)


@app.orchestrator
def sleeps(ctx: task.OrchestrationContext, _: object) -> Steps:
    yield ctx.create_timer(timedelta(milliseconds=500))
    return "woke"


@app.orchestrator
def keeps_its_input(ctx: task.OrchestrationContext, value: str) -> Steps:
    if value.startswith("wait"):
        yield ctx.wait_for_external_event("never")
    return value


def test_a_timer_and_a_delayed_start_that_came_due_while_nobody_ran_fire_after_the_restart(
    tmp_path: Path,
) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        client.schedule_new_orchestration("sleeps", instance_id="timer")

        def timer_is_set() -> bool:
            history = client.get_orchestration_history("timer")
            return any(type(event).__name__ == "TimerCreatedEvent" for event in history)

        eventually(timer_is_set)
        due = datetime.now(UTC) + timedelta(milliseconds=500)
        client.schedule_new_orchestration("sleeps", instance_id="delayed", start_at=due)
    eventually(lambda: datetime.now(UTC) > due + timedelta(milliseconds=50))
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        for instance_id in ("timer", "delayed"):
            state = client.wait_for_orchestration_completion(instance_id, timeout=20)
            assert state is not None
            assert state.get_output() == "woke"


def resident_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_finished_and_waiting_instances_do_not_stay_in_memory(tmp_path: Path) -> None:
    payload_bytes = 60_000
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):

        def run(count: int) -> None:
            """Start instances, half of which end while the others wait, all with a large input."""
            ids = [
                client.schedule_new_orchestration(
                    "keeps_its_input", input=("wait" if number % 2 else "done") + "x" * payload_bytes
                )
                for number in range(count)
            ]
            for instance_id in ids:
                client.wait_for_orchestration_start(instance_id, timeout=30)

        run(150)
        before = resident_bytes()
        run(600)
        assert resident_bytes() - before < 600 * payload_bytes / 3
