"""The durable runtime as doors and activities see it, over the local host's backend."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from azure.durable_functions import DurableFunctionsClient

import adapters.instances
from adapters.instances import DurableInstances
from devhost.backend import DurableBackend
from shared.errors import Unavailable
from shared.thinking import Usage

TICKETS = 25


@pytest.fixture
def backend(tmp_path: Path) -> DurableBackend:
    """A runtime whose instances nobody works off."""
    return DurableBackend(tmp_path / "durable.db")


@pytest.fixture
async def instances(backend: DurableBackend) -> AsyncIterator[DurableInstances]:
    client = DurableFunctionsClient(json.dumps({"taskHubName": "tests", "rpcBaseUrl": f"http://{backend.start()}"}))
    yield DurableInstances(client, lambda _: "1.0")
    await client.close()
    backend.stop()


async def test_each_of_many_instances_comes_once_with_its_input_over_many_spans_of_time(
    instances: DurableInstances, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(adapters.instances, "_PAGE", 4)
    for number in range(TICKETS):
        await instances.start("resolve_ticket", f"ticket-{number}", Usage(model_calls=number))
    await instances.start("research", "task-1", Usage())
    seen = [(state.instance_id, state.input["model_calls"]) async for state in instances.each_with_prefix("ticket-")]
    assert sorted(seen) == sorted((f"ticket-{number}", number) for number in range(TICKETS))
    assert [state async for state in instances.each_with_prefix("nothing-")] == []


async def test_a_runtime_that_is_gone_is_named(instances: DurableInstances, backend: DurableBackend):
    backend.stop()
    with pytest.raises(Unavailable, match="durable"):
        await instances.all_with_prefix("ticket-")
    with pytest.raises(Unavailable, match="durable"):
        _ = [state async for state in instances.each_with_prefix("ticket-")]
