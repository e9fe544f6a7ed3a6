"""The desk's fan-out on the durable backend: what it leaves in history, and takes of memory, follows its width."""

import gc
import sqlite3
import tracemalloc
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import durabletask.internal.orchestrator_service_pb2 as pb
import pytest
from durabletask.task import OrchestrationContext

from orchestrations.patterns.fan_out import Branch, fan_out
from shared.collaboration import Poll
from shared.exchanged import Answered, Thought
from shared.thinking import Usage
from tests.desk import policy
from tests.host.durable_worker import App, Steps, Worker, running_backend

NARROW, WIDE = 16, 64
ROOM = 1.5
"""For what comes in how many turns, which differs from run to run."""

app = App()


@app.activity
def ask(given: dict[str, Any]) -> dict[str, Any]:
    thought = Thought(answer={"said": given["question"]}, agent="a", model="m", usage=Usage())
    return Answered(answer=thought.model_dump(mode="json")).model_dump(mode="json")


@app.orchestrator
def wide(ctx: OrchestrationContext, width: int) -> Steps:
    polls = {
        f"voter-{n:02}": Poll(tenant="t", question=f"{n:02}" * 100, options=("a",), role="r") for n in range(width)
    }
    branches = {name: Branch("ask", poll) for name, poll in polls.items()}
    gathered = yield from fan_out(ctx, branches, Thought, timedelta(minutes=5), policy())
    return len(gathered.results)


@dataclass
class Left:
    events: int
    size_bytes: int
    peak_bytes: int


@pytest.fixture
def left(tmp_path: Path) -> dict[int, Left]:
    found: dict[int, Left] = {}
    tracemalloc.start()
    for width in (NARROW, NARROW, WIDE):  # the first time, modules are imported
        found[width] = run(tmp_path / f"{width}-{len(found)}.db", width)
    tracemalloc.stop()
    return found


def run(database: Path, width: int) -> Left:
    with running_backend(database) as (backend, client):
        gc.collect()  # what the run before left must not count as what there was
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        with Worker(backend, app, activity_threads=2):
            client.schedule_new_orchestration("wide", input=width, instance_id="w")
            state = client.wait_for_orchestration_completion("w", timeout=60)
        _, peak = tracemalloc.get_traced_memory()
    assert state is not None
    assert state.serialized_output == str(width)
    with closing(sqlite3.connect(database)) as file:
        chunks = [row[0] for row in file.execute("SELECT events FROM history WHERE instance_id = 'w'")]
    events = sum(len(pb.OrchestratorRequest.FromString(chunk).pastEvents) for chunk in chunks)
    return Left(events, sum(map(len, chunks)), peak - before)


def test_history_and_memory_grow_with_the_width_and_no_faster(left: dict[int, Left]) -> None:
    narrow, wide = left[NARROW], left[WIDE]
    assert wide.events <= 4 * WIDE + 10, "scheduled, completed, and at worst a turn of its own"
    assert wide.size_bytes <= WIDE / NARROW * narrow.size_bytes * ROOM
    assert wide.peak_bytes <= WIDE / NARROW * narrow.peak_bytes * ROOM
