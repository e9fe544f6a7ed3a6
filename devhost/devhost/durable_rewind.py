"""Rewinding a failed orchestration: its failures are taken out of history, and it goes on from there."""

from collections.abc import Sequence

import durabletask.internal.orchestrator_service_pb2 as pb

from devhost import durable_control as control
from devhost import durable_instances as instances
from devhost.durable_events import event, new_id, now_us, text
from devhost.store import Transaction


def rewind(tx: Transaction, instance: instances.Instance, reason: str | None) -> None:
    """Let a failed instance run again from its last good state; failed children are rewound with it.

    Raises:
        WrongStatusError: the instance has not failed.
    """
    if instance.status != pb.ORCHESTRATION_STATUS_FAILED:
        raise control.WrongStatusError(f"Instance '{instance.id}' has not failed, so it cannot be rewound.")
    past = pb.OrchestratorRequest.FromString(instances.encoded_history(tx, instance.id)).pastEvents
    rows = tx.all(
        "SELECT task_id FROM activities WHERE instance_id = ? AND execution_id = ?",
        instance.id,
        instance.execution_id,
    )
    kept = _without_failures(past, {row["task_id"] for row in rows})
    _enter_new_execution(tx, instance, kept)
    tx.execute("DELETE FROM history WHERE instance_id = ?", instance.id)
    instances.append_history(tx, instance.id, kept)
    _set_timers(tx, instance, kept)
    _revive_children(tx, instance, kept, reason)
    instances.deliver(tx, instance.id, event(executionRewound=pb.ExecutionRewoundEvent(reason=text(reason))))
    tx.changed.append(instance.id)


def _without_failures(history: Sequence[pb.HistoryEvent], running: set[int]) -> list[pb.HistoryEvent]:
    """Drop the last failure of every task that never succeeded, and the call that led to it.

    Earlier failures of a retried task stay: its retry timers are in history and depend on them. A call
    whose answer came after the end, and was dropped, goes as well: it is simply made again.
    """
    settled = running | _answered_ids(history)
    dropped: set[tuple[str, int]] = set()
    kept: list[pb.HistoryEvent] = []
    for past in reversed(history):
        kind = past.WhichOneof("eventType") or ""
        match kind:
            case "executionCompleted":
                continue
            case "taskFailed" | "subOrchestrationInstanceFailed":
                task_id = getattr(past, kind).taskScheduledId
            case "taskScheduled":
                task_id = past.eventId
            case _:
                kept.append(past)
                continue
        if task_id in settled or (kind, task_id) in dropped:
            kept.append(past)
        dropped.add((kind, task_id))
    kept.reverse()
    return _without_open_entity_calls(kept)


def _answered_ids(history: Sequence[pb.HistoryEvent]) -> set[int]:
    tasks = {past.taskCompleted.taskScheduledId for past in history if past.HasField("taskCompleted")}
    children = {
        past.subOrchestrationInstanceCompleted.taskScheduledId
        for past in history
        if past.HasField("subOrchestrationInstanceCompleted")
    }
    return tasks | children


def _without_open_entity_calls(history: list[pb.HistoryEvent]) -> list[pb.HistoryEvent]:
    answered = {
        past.entityOperationCompleted.requestId for past in history if past.HasField("entityOperationCompleted")
    }
    return [
        past
        for past in history
        if not past.HasField("entityOperationFailed")
        and not (past.HasField("entityOperationCalled") and past.entityOperationCalled.requestId not in answered)
    ]


def _enter_new_execution(tx: Transaction, instance: instances.Instance, kept: list[pb.HistoryEvent]) -> None:
    previous, instance.execution_id = instance.execution_id, new_id()
    instance.status = pb.ORCHESTRATION_STATUS_RUNNING
    instance.started.orchestrationInstance.executionId.value = instance.execution_id
    for past in kept:
        if past.HasField("executionStarted"):
            past.executionStarted.orchestrationInstance.executionId.value = instance.execution_id
    tx.execute(
        "UPDATE instances SET execution_id = ?, started = ?, status = ?, output = NULL, failure = NULL,"
        " completed_at = NULL, updated_at = ? WHERE id = ?",
        instance.execution_id,
        instance.started.SerializeToString(),
        instance.status,
        now_us(),
        instance.id,
    )
    tx.execute(
        "UPDATE activities SET execution_id = ? WHERE instance_id = ? AND execution_id = ?",
        instance.execution_id,
        instance.id,
        previous,
    )


def _set_timers(tx: Transaction, instance: instances.Instance, kept: list[pb.HistoryEvent]) -> None:
    fired = {past.timerFired.timerId for past in kept if past.HasField("timerFired")}
    for past in kept:
        if past.HasField("timerCreated") and past.eventId not in fired:
            instances.set_timer(tx, instance, past.eventId, past.timerCreated.fireAt)


def _revive_children(
    tx: Transaction, instance: instances.Instance, kept: list[pb.HistoryEvent], reason: str | None
) -> None:
    answered = _answered_ids(kept)
    created = {past.eventId: past for past in kept if past.HasField("subOrchestrationInstanceCreated")}
    for task_id, past in created.items():
        if task_id not in answered:
            _revive_child(tx, instance, task_id, past.subOrchestrationInstanceCreated, reason)


def _revive_child(
    tx: Transaction,
    parent: instances.Instance,
    task_id: int,
    created: pb.SubOrchestrationInstanceCreatedEvent,
    reason: str | None,
) -> None:
    child = instances.load(tx, created.instanceId)
    if child is None:
        control.create(tx, created.instanceId, control.child_start(parent, task_id, created))
        return
    waiting = child.started.parentInstance.orchestrationInstance
    waiting.executionId.value = parent.execution_id
    tx.execute("UPDATE instances SET started = ? WHERE id = ?", child.started.SerializeToString(), child.id)
    if child.status == pb.ORCHESTRATION_STATUS_FAILED:
        rewind(tx, child, reason)
    elif child.is_terminal:
        instances.report_to_parent(tx, child)
