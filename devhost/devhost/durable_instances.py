"""Life of an orchestration instance: its executions, its inbox and history, its end."""

from dataclasses import dataclass
from typing import Any

import durabletask.internal.orchestrator_service_pb2 as pb
from google.protobuf import timestamp_pb2

from devhost.durable_events import NO_TRACE, TERMINAL, Trace, event, failure, new_id, now_us, text, trace_of
from devhost.durable_locks import release_locks
from devhost.store import Transaction


class UnknownInstanceError(LookupError):
    """No instance has this id."""

    def __init__(self, instance_id: str) -> None:
        super().__init__(f"No instance with ID '{instance_id}' was found.")


@dataclass(slots=True)
class Instance:
    """The row of an instance without its input and history; `started` is how its execution began."""

    id: str
    execution_id: str
    name: str
    status: int
    started: pb.ExecutionStartedEvent
    span: bytes | None
    output: str | None
    failure: bytes | None

    @property
    def is_terminal(self) -> bool:
        """Whether the instance has ended."""
        return self.status in TERMINAL

    @property
    def trace(self) -> Trace:
        """The trace that the instance was started under."""
        return trace_of(self.started)


def load(tx: Transaction, instance_id: str) -> Instance | None:
    """Read an instance, None when the id is unknown."""
    row = tx.one(
        "SELECT id, execution_id, name, status, started, span, output, failure FROM instances WHERE id = ?",
        instance_id,
    )
    if row is None:
        return None
    return Instance(
        id=row["id"],
        execution_id=row["execution_id"],
        name=row["name"],
        status=row["status"],
        started=pb.ExecutionStartedEvent.FromString(row["started"]),
        span=row["span"],
        output=row["output"],
        failure=row["failure"],
    )


def require(tx: Transaction, instance_id: str) -> Instance:
    """Read an instance.

    Raises:
        UnknownInstanceError: no instance has this id.
    """
    instance = load(tx, instance_id)
    if instance is None:
        raise UnknownInstanceError(instance_id)
    return instance


def begin_execution(
    tx: Transaction, instance_id: str, started: pb.ExecutionStartedEvent, start_at_us: int | None = None
) -> None:
    """Give the instance a new execution, whose first event is `started`, now or at a later time."""
    execution_id = new_id()
    started.orchestrationInstance.CopyFrom(
        pb.OrchestrationInstance(instanceId=instance_id, executionId=text(execution_id))
    )
    first = event(executionStarted=started).SerializeToString()
    if started.HasField("input"):
        tx.execute("INSERT OR REPLACE INTO inputs VALUES (?, ?)", instance_id, started.input.value)
    else:
        tx.execute("DELETE FROM inputs WHERE instance_id = ?", instance_id)
    template = pb.ExecutionStartedEvent()
    template.CopyFrom(started)
    template.ClearField("input")
    tx.execute(
        "UPDATE instances SET execution_id = ?, started = ?, span = NULL WHERE id = ?",
        execution_id,
        template.SerializeToString(),
        instance_id,
    )
    if start_at_us is None:
        _put_in_inbox(tx, instance_id, execution_id, first)
        tx.orchestrations.append(instance_id)
    else:
        schedule(tx, start_at_us, instance_id, execution_id, first)


def schedule(
    tx: Transaction,
    due_at_us: int,
    target: str,
    execution_id: str | None,
    serialized_event: bytes,
    trace: Trace = NO_TRACE,
) -> None:
    """Have an event delivered to an instance or entity at a later time."""
    tx.execute(
        "INSERT INTO due (due_at, target, execution_id, event, trace_parent, trace_state) VALUES (?, ?, ?, ?, ?, ?)",
        due_at_us,
        target,
        execution_id,
        serialized_event,
        trace.parent,
        trace.state,
    )
    tx.schedule_changed = True


def set_timer(tx: Transaction, instance: Instance, timer_id: int, fire_at: timestamp_pb2.Timestamp) -> None:
    """Have a timer of the instance's current execution fire."""
    fired = event(timerFired=pb.TimerFiredEvent(fireAt=fire_at, timerId=timer_id))
    fired.timestamp.CopyFrom(fire_at)
    schedule(tx, fire_at.ToMicroseconds(), instance.id, instance.execution_id, fired.SerializeToString())


def _put_in_inbox(tx: Transaction, instance_id: str, execution_id: str | None, event_bytes: bytes) -> None:
    tx.execute(
        "INSERT INTO inbox (instance_id, execution_id, event) VALUES (?, ?, ?)",
        instance_id,
        execution_id,
        event_bytes,
    )


def deliver(
    tx: Transaction, instance_id: str, message: pb.HistoryEvent | bytes, execution_id: str | None = None
) -> bool:
    """Put an event into an instance's inbox; False when the instance, or that execution of it, is over."""
    row = tx.one("SELECT execution_id, status FROM instances WHERE id = ?", instance_id)
    if row is None or row["status"] in TERMINAL:
        return False
    if execution_id is not None and execution_id != row["execution_id"]:
        return False
    serialized = message if isinstance(message, bytes) else message.SerializeToString()
    _put_in_inbox(tx, instance_id, execution_id, serialized)
    if row["status"] != pb.ORCHESTRATION_STATUS_SUSPENDED:
        tx.orchestrations.append(instance_id)
    return True


def append_history(tx: Transaction, instance_id: str, events: list[pb.HistoryEvent]) -> None:
    """Append events as one row, encoded so that a request's past events are the rows put end to end."""
    chunk = pb.OrchestratorRequest(pastEvents=events)
    tx.execute("INSERT INTO history (instance_id, events) VALUES (?, ?)", instance_id, chunk.SerializeToString())


def encoded_history(tx: Transaction, instance_id: str) -> bytes:
    """Return the history as an encoded OrchestratorRequest that has only past events."""
    rows = tx.all("SELECT events FROM history WHERE instance_id = ? ORDER BY id", instance_id)
    return b"".join(row["events"] for row in rows)


def continue_as_new(
    tx: Transaction, instance: Instance, action: pb.CompleteOrchestrationAction, carried: list[bytes]
) -> None:
    """Start the next execution; `carried` are undelivered events, which follow those carried over."""
    drop_events(tx, instance.id)
    release_locks(tx, instance.id)
    started = pb.ExecutionStartedEvent()
    started.CopyFrom(instance.started)
    started.ClearField("scheduledStartTimestamp")
    if action.HasField("result"):
        started.input.CopyFrom(action.result)
    if action.HasField("newVersion"):
        started.version.CopyFrom(action.newVersion)
    tx.execute("DELETE FROM history WHERE instance_id = ?", instance.id)
    begin_execution(tx, instance.id, started)
    for carryover in action.carryoverEvents:
        _put_in_inbox(tx, instance.id, None, carryover.SerializeToString())
    for undelivered in carried:
        _put_in_inbox(tx, instance.id, None, undelivered)


def finish(
    tx: Transaction,
    instance: Instance,
    status: int,
    output: str | None,
    details: pb.TaskFailureDetails | None,
) -> None:
    """End the instance, release what it holds and tell its parent; its last events are already written."""
    now = now_us()
    instance.status, instance.output = status, output
    instance.failure = details.SerializeToString() if details is not None else None
    tx.execute(
        "UPDATE instances SET status = ?, output = ?, failure = ?, updated_at = ?, completed_at = ? WHERE id = ?",
        status,
        output,
        instance.failure,
        now,
        now,
        instance.id,
    )
    drop_events(tx, instance.id)
    release_locks(tx, instance.id)
    report_to_parent(tx, instance)
    tx.changed.append(instance.id)


def report_to_parent(tx: Transaction, instance: Instance) -> None:
    """Deliver the outcome of an ended child to the execution that waits for it."""
    if not instance.started.HasField("parentInstance"):
        return
    parent = instance.started.parentInstance
    if instance.status == pb.ORCHESTRATION_STATUS_COMPLETED:
        outcome: dict[str, Any] = {
            "subOrchestrationInstanceCompleted": pb.SubOrchestrationInstanceCompletedEvent(
                taskScheduledId=parent.taskScheduledId, result=text(instance.output)
            )
        }
    else:
        details = failure("OrchestrationTerminated", f"Instance '{instance.id}' was terminated.")
        if instance.failure is not None:
            details = pb.TaskFailureDetails.FromString(instance.failure)
        outcome = {
            "subOrchestrationInstanceFailed": pb.SubOrchestrationInstanceFailedEvent(
                taskScheduledId=parent.taskScheduledId, failureDetails=details
            )
        }
    waiting = parent.orchestrationInstance
    deliver(tx, waiting.instanceId, event(**outcome), waiting.executionId.value)


def drop_events(tx: Transaction, instance_id: str) -> None:
    """Delete what is still to be delivered to the instance, now or later."""
    tx.execute("DELETE FROM inbox WHERE instance_id = ?", instance_id)
    tx.execute("DELETE FROM due WHERE target = ?", instance_id)
