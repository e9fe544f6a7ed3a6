"""Replays what is in flight in a deployed desk on this checkout's orchestrations: `python -m delivery.in_flight`.

A release that would break a running instance is told here, before it is deployed: exit code 1 names each instance
and the first action that differs. An instance of a newer version than the release is not broken by it but waits
(docs/upgrade.md, "Rolling back"), and is counted. Histories hold what people wrote, so they stay in this process, and
what is printed is the names of actions only.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
from durabletask.client import OrchestrationQuery, OrchestrationStatus, TaskHubGrpcClient
from durabletask.internal import orchestrator_service_pb2 as pb

from delivery.replaying import first_difference, instance_of, replay, started, turns
from orchestrations.versions import numbers

IN_FLIGHT = [OrchestrationStatus.PENDING, OrchestrationStatus.RUNNING, OrchestrationStatus.SUSPENDED]
HOST_JSON = Path(__file__).parents[1] / "host.json"
NOT_OURS = ("@", "BuiltIn__")
"""How ids of entities begin, and names of orchestrations that the Durable library brings with it."""


def main(arguments: list[str] | None = None) -> int:
    from triggers.durable import ORCHESTRATIONS

    asked = _arguments().parse_args(arguments)
    ours = {orchestration.__name__: orchestration for orchestration in ORCHESTRATIONS}
    own_version = json.loads(HOST_JSON.read_text())["extensions"]["durableTask"]["defaultVersion"]
    counted = Counter[str]()
    try:
        with _client(asked) as client:
            for instance_id, name, history in histories(client):
                if is_newer(history, own_version):
                    counted["wait"] += 1
                elif (why := fault(ours, name, history)) is None:
                    counted["go on"] += 1
                else:
                    counted["break"] += 1
                    print(f"{name} {instance_id}: {why}", file=sys.stderr)
    except grpc.RpcError as error:
        print(f"what is in flight cannot be read: {error}", file=sys.stderr)
        return 2
    print(
        f"{counted.total()} instances in flight: {counted['go on']} would go on, {counted['wait']} wait for a newer "
        f"release, {counted['break']} would break"
    )
    return 1 if counted["break"] else 0


def is_newer(history: list[pb.HistoryEvent], own_version: str) -> bool:
    """Whether the instance has a version that this release does not know, so that the runtime leaves it alone."""
    version = started(history).version.value if history else ""
    return bool(version) and numbers(version) > numbers(own_version)


def fault(ours: Mapping[str, Any], name: str, history: list[pb.HistoryEvent]) -> str | None:
    """Why these orchestrations cannot go on with an instance; None when they can."""
    if name not in ours:
        return "there is no orchestration of that name any more"
    if not (went := list(turns(history))):
        return None
    # The last turn's replay goes over all that was before, as the runtime's next one will.
    is_same = replay(ours[name], instance_of(history), went[-1]) == went[-1].did
    return None if is_same else first_difference(ours[name], history)


def histories(client: TaskHubGrpcClient) -> Iterator[tuple[str, str, list[pb.HistoryEvent]]]:
    """Id, name and history of each instance that has not ended; one that has not begun has no history."""
    query = OrchestrationQuery(runtime_status=IN_FLIGHT, max_instance_count=100)
    for state in client.get_all_orchestration_states(query):
        if state.instance_id.startswith(NOT_OURS) or state.name.startswith(NOT_OURS):
            continue
        # The client's own reading turns events into other classes, which no worker can be given again.
        stub: Any = client._stub  # pyright: ignore[reportPrivateUsage]
        chunks = stub.StreamInstanceHistory(pb.StreamInstanceHistoryRequest(instanceId=state.instance_id))
        events = [event for chunk in chunks for event in chunk.events]
        begun = [event for event in events if event.HasField("executionStarted")]
        yield state.instance_id, started(events).name if begun else state.name, events if begun else []


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m delivery.in_flight", description=(__doc__ or "").splitlines()[0])
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--scheduler", help="address of the Durable Task Scheduler, asked with the Entra sign-in")
    where.add_argument("--address", help="host:port of a task hub on this machine, without sign-in")
    parser.add_argument("--hub", default="helpdesk", help="name of the task hub")
    return parser


def _client(asked: argparse.Namespace) -> TaskHubGrpcClient:
    if asked.address:
        return TaskHubGrpcClient(host_address=asked.address)
    from azure.identity import DefaultAzureCredential
    from durabletask.azuremanaged.client import DurableTaskSchedulerClient

    return DurableTaskSchedulerClient(
        host_address=asked.scheduler, taskhub=asked.hub, token_credential=DefaultAzureCredential()
    )


if __name__ == "__main__":
    sys.exit(main())
