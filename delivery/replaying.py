"""Replays a history turn by turn and compares what today's code does with what was done then."""

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
type Action = tuple[str, str]
"""Its kind and the name it goes by; the end of an instance is ("complete", its status, or the type of its error)."""


@dataclass(frozen=True)
class Turn:
    """What an orchestration knew before, what it heard, and what it then did."""

    past: list[pb.HistoryEvent]
    heard: list[pb.HistoryEvent]
    did: list[Action]


def load(path: Path) -> list[pb.HistoryEvent]:
    """A recorded history: one event a line, as protobuf JSON."""
    return [Parse(line, pb.HistoryEvent()) for line in path.read_text().splitlines()]


def first_difference(orchestration: Any, history: list[pb.HistoryEvent]) -> str | None:
    """Where today's code leaves the way that a history went; None when it goes all of it. Names actions, no data."""
    for number, turn in enumerate(turns(history), start=1):
        does = replay(orchestration, instance_of(history), turn)
        if does != turn.did:
            return f"turn {number}: it did {_told(turn.did)}, and would now do {_told(does)}"
    return None


def started(history: list[pb.HistoryEvent]) -> pb.ExecutionStartedEvent:
    """How the instance began. Raises StopIteration for a history without a beginning."""
    return next(event.executionStarted for event in history if event.HasField("executionStarted"))


def instance_of(history: list[pb.HistoryEvent]) -> str:
    return started(history).orchestrationInstance.instanceId


def turns(history: list[pb.HistoryEvent]) -> Iterator[Turn]:
    starts = [index for index, event in enumerate(history) if event.HasField("orchestratorStarted")]
    for start, end in zip(starts, [*starts[1:], len(history)], strict=True):
        events = history[start:end]
        heard = [event for event in events if _kind(event) not in OUTGOING.keys() | BOOKENDS]
        did = [(OUTGOING[_kind(event)], _name(event, _kind(event))) for event in events if _kind(event) in OUTGOING]
        ends = [_end(event.executionCompleted) for event in events if event.HasField("executionCompleted")]
        yield Turn(history[:start], heard, did + ends)


def replay(orchestration: Any, instance_id: str, turn: Turn) -> list[Action]:
    """What the orchestration does in this turn today, in order."""
    request = pb.OrchestratorRequest(instanceId=instance_id, pastEvents=turn.past, newEvents=turn.heard)
    encoded = base64.b64encode(request.SerializeToString()).decode()
    answer = DurableFunctionsWorker().execute_orchestration_request(orchestration, encoded)
    response = pb.OrchestratorResponse()
    response.ParseFromString(base64.b64decode(answer))
    return [_action(action) for action in response.actions]


def _action(action: pb.OrchestratorAction) -> Action:
    kind = action.WhichOneof("orchestratorActionType")
    assert kind is not None
    if kind == "completeOrchestration":
        return _end(action.completeOrchestration)
    return kind, str(getattr(getattr(action, kind), "name", ""))


def _end(ended: pb.CompleteOrchestrationAction | pb.ExecutionCompletedEvent) -> Action:
    return "complete", ended.failureDetails.errorType or pb.OrchestrationStatus.Name(ended.orchestrationStatus)


def _told(actions: list[Action]) -> str:
    return ", ".join(" ".join(action).strip() for action in actions) or "nothing"


def _kind(event: pb.HistoryEvent) -> str:
    return event.WhichOneof("eventType") or ""


def _name(event: pb.HistoryEvent, kind: str) -> str:
    return str(getattr(getattr(event, kind), "name", ""))
