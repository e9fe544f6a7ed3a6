"""Replays a recorded history turn by turn and compares what today's code does with what was done then."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.durable_functions.worker import DurableFunctionsWorker
from durabletask.internal import orchestrator_service_pb2 as pb
from google.protobuf.json_format import Parse

OUTGOING = {
    "taskScheduled": "scheduleTask",
    "timerCreated": "createTimer",
    "eventSent": "sendEvent",
    "subOrchestrationInstanceCreated": "createSubOrchestration",
}
"""What stands in a history for an action that an orchestration took."""
BOOKENDS = {"orchestratorCompleted", "executionCompleted"}


@dataclass(frozen=True)
class Turn:
    """What an orchestration knew before, what it heard, and what it then did."""

    past: list[pb.HistoryEvent]
    heard: list[pb.HistoryEvent]
    did: list[tuple[str, str]]


def load(path: Path) -> list[pb.HistoryEvent]:
    """A recorded history: one event a line, as protobuf JSON."""
    return [Parse(line, pb.HistoryEvent()) for line in path.read_text().splitlines()]


def turns(history: list[pb.HistoryEvent]) -> Iterator[Turn]:
    starts = [index for index, event in enumerate(history) if event.HasField("orchestratorStarted")]
    for start, end in zip(starts, [*starts[1:], len(history)], strict=True):
        events = history[start:end]
        heard = [event for event in events if _kind(event) not in OUTGOING.keys() | BOOKENDS]
        did = [(OUTGOING[_kind(event)], _name(event, _kind(event))) for event in events if _kind(event) in OUTGOING]
        yield Turn(history[:start], heard, did)


def replay(orchestration: Any, instance_id: str, turn: Turn) -> list[tuple[str, str]]:
    """What the orchestration does in this turn today, in order; its completion is ("complete", status or error)."""
    request = pb.OrchestratorRequest(instanceId=instance_id, pastEvents=turn.past, newEvents=turn.heard)
    encoded = base64.b64encode(request.SerializeToString()).decode()
    answer = DurableFunctionsWorker().execute_orchestration_request(orchestration, encoded)
    response = pb.OrchestratorResponse()
    response.ParseFromString(base64.b64decode(answer))
    return [_action(action) for action in response.actions]


def _action(action: pb.OrchestratorAction) -> tuple[str, str]:
    kind = action.WhichOneof("orchestratorActionType")
    assert kind is not None
    if kind == "completeOrchestration":
        done = action.completeOrchestration
        status = pb.OrchestrationStatus.Name(done.orchestrationStatus)
        return "complete", done.failureDetails.errorMessage or status
    return kind, str(getattr(getattr(action, kind), "name", ""))


def _kind(event: pb.HistoryEvent) -> str:
    return event.WhichOneof("eventType") or ""


def _name(event: pb.HistoryEvent, kind: str) -> str:
    return str(getattr(getattr(event, kind), "name", ""))
