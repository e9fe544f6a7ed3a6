"""Entities: their queues of operations, the batches handed to functions, the locks in between."""

from dataclasses import dataclass

import durabletask.internal.helpers as protocol
import durabletask.internal.orchestrator_service_pb2 as pb

from devhost import durable_control as control
from devhost import durable_instances as instances
from devhost.durable_events import NO_TRACE, Trace, event, new_id, now_us, text, trace_context, trace_of
from devhost.durable_locks import release_locks, unlock
from devhost.store import Transaction

_BATCH_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Batch:
    """Operations handed to an entity function, in order, with their rows in the queue."""

    entity_id: str
    rows: list[int]
    operations: list[pb.HistoryEvent]
    request: pb.EntityBatchRequest
    trace: Trace


def signalled(request_id: str, operation: str, value: str | None, entity_id: str) -> pb.HistoryEvent:
    """Build the event that a one-way call of an entity travels as."""
    return event(
        entityOperationSignaled=pb.EntityOperationSignaledEvent(
            requestId=request_id, operation=operation, input=text(value), targetInstanceId=text(entity_id)
        )
    )


def signal(tx: Transaction, entity_id: str, message: pb.HistoryEvent, at_us: int = 0, trace: Trace = NO_TRACE) -> None:
    """Queue a one-way operation, now or, when `at_us` lies ahead, then."""
    if at_us > now_us():
        instances.schedule(tx, at_us, entity_id, None, message.SerializeToString(), trace)
    else:
        enqueue(tx, entity_id, message.SerializeToString(), trace=trace)


def enqueue(
    tx: Transaction,
    entity_id: str,
    serialized_event: bytes,
    owner: str | None = None,
    section: str | None = None,
    trace: Trace = NO_TRACE,
) -> None:
    """Append to an entity's queue: an operation, or a request for its lock when `section` is given."""
    tx.execute(
        "INSERT INTO operations (entity_id, owner, section, event, trace_parent, trace_state)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        entity_id,
        owner,
        section,
        serialized_event,
        trace.parent,
        trace.state,
    )
    tx.entities.append(entity_id)


def next_batch(tx: Transaction, entity_id: str) -> Batch | None:
    """Grant locks that have come to the head of the queue; return the operations that may run now."""
    while True:
        entity = tx.one("SELECT state, lock_owner FROM entities WHERE id = ?", entity_id)
        holder = entity["lock_owner"] if entity else None
        queue = tx.all(
            "SELECT id, owner, section, event, trace_parent, trace_state FROM operations"
            " WHERE entity_id = ? AND (? IS NULL OR owner = ?) ORDER BY id LIMIT ?",
            entity_id,
            holder,
            holder,
            _BATCH_LIMIT,
        )
        if not queue:
            return None
        if queue[0]["section"] is None:
            break
        if holder is not None:
            return None
        tx.execute("DELETE FROM operations WHERE id = ?", queue[0]["id"])
        _grant(tx, entity_id, queue[0]["owner"], queue[0]["section"], queue[0]["event"])
    request = pb.EntityBatchRequest(instanceId=entity_id, entityState=text(entity["state"] if entity else None))
    batch = Batch(entity_id, [], [], request, Trace(queue[0]["trace_parent"], queue[0]["trace_state"]))
    for row in queue:
        if row["section"] is not None:
            break
        _add_operation(batch, row["id"], row["event"], Trace(row["trace_parent"], row["trace_state"]))
    return batch


def _add_operation(batch: Batch, row_id: int, serialized: bytes, trace: Trace) -> None:
    message = pb.HistoryEvent.FromString(serialized)
    wrapped, _ = protocol.convert_to_entity_batch_request(pb.EntityRequest(operationRequests=[message]))
    operation = wrapped.operations[0]
    context = trace_context(trace)
    if context is not None:
        operation.traceContext.CopyFrom(context)
    batch.rows.append(row_id)
    batch.operations.append(message)
    batch.request.operations.append(operation)


def _grant(tx: Transaction, entity_id: str, owner: str, section: str, serialized: bytes) -> None:
    tx.execute(
        "INSERT INTO entities (id, lock_owner, lock_section, modified_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE"
        " SET lock_owner = excluded.lock_owner, lock_section = excluded.lock_section",
        entity_id,
        owner,
        section,
        now_us(),
    )
    message = pb.HistoryEvent.FromString(serialized)
    request = message.entityLockRequested
    request.position += 1
    if request.position < len(request.lockSet):
        enqueue(tx, request.lockSet[request.position], message.SerializeToString(), owner, section)
        return
    holder = instances.load(tx, owner)
    granted = event(entityLockGranted=pb.EntityLockGrantedEvent(criticalSectionId=section))
    # Bound to the execution that asked: a later one knows nothing of this critical section.
    if holder is None or not instances.deliver(tx, owner, granted, holder.execution_id):
        release_locks(tx, owner)


def complete(tx: Transaction, batch: Batch, result: pb.EntityBatchResult) -> None:
    """Store the new state, answer the callers, carry out what the operations asked for."""
    if result.HasField("failureDetails"):
        fail(tx, batch, result.failureDetails)
        return
    state = result.entityState.value if result.HasField("entityState") and result.entityState.value else None
    tx.execute(
        "INSERT INTO entities (id, state, modified_at) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET state = excluded.state, modified_at = excluded.modified_at",
        batch.entity_id,
        state,
        now_us(),
    )
    # Operations the function did not get to stay in the queue.
    for row_id, operation, outcome in zip(batch.rows, batch.operations, result.results, strict=False):
        tx.execute("DELETE FROM operations WHERE id = ?", row_id)
        if outcome.HasField("failure"):
            _answer_failure(tx, operation, outcome.failure.failureDetails)
        else:
            _answer(tx, operation, outcome.success)
    for action in result.actions:
        _act(tx, action, batch.trace)


def fail(tx: Transaction, batch: Batch, details: pb.TaskFailureDetails) -> None:
    """Fail every operation of the batch; the state stays as it was."""
    for row_id, operation in zip(batch.rows, batch.operations, strict=True):
        tx.execute("DELETE FROM operations WHERE id = ?", row_id)
        _answer_failure(tx, operation, details)


def _answer(tx: Transaction, operation: pb.HistoryEvent, success: pb.OperationResultSuccess) -> None:
    call = operation.entityOperationCalled
    if operation.HasField("entityOperationCalled"):
        outcome = pb.EntityOperationCompletedEvent(requestId=call.requestId, output=success.result)
        answer = event(entityOperationCompleted=outcome)
        instances.deliver(tx, call.parentInstanceId.value, answer, call.parentExecutionId.value)


def _answer_failure(tx: Transaction, operation: pb.HistoryEvent, details: pb.TaskFailureDetails) -> None:
    call = operation.entityOperationCalled
    if operation.HasField("entityOperationCalled"):
        outcome = pb.EntityOperationFailedEvent(requestId=call.requestId, failureDetails=details)
        answer = event(entityOperationFailed=outcome)
        instances.deliver(tx, call.parentInstanceId.value, answer, call.parentExecutionId.value)


def _act(tx: Transaction, action: pb.OperationAction, trace: Trace) -> None:
    if action.HasField("sendSignal"):
        sent = action.sendSignal
        value = sent.input.value if sent.HasField("input") else None
        message = signalled(new_id(), sent.name, value, sent.instanceId)
        own_trace = trace_of(sent)
        signal(
            tx,
            sent.instanceId,
            message,
            sent.scheduledTime.ToMicroseconds(),
            own_trace if own_trace.parent else trace,
        )
    elif action.HasField("startNewOrchestration"):
        start = action.startNewOrchestration
        started = pb.ExecutionStartedEvent(
            name=start.name,
            version=start.version if start.HasField("version") else None,
            input=start.input if start.HasField("input") else None,
            scheduledStartTimestamp=start.scheduledTime if start.HasField("scheduledTime") else None,
            parentTraceContext=start.parentTraceContext
            if start.HasField("parentTraceContext")
            else trace_context(trace),
        )
        instance_id = start.instanceId or new_id()
        if not control.is_running(tx, instance_id):
            control.create(tx, instance_id, started)


def clean(tx: Transaction, remove_empty: bool, release_orphaned: bool) -> tuple[int, int]:
    """Delete entities without state and work, free locks of owners that are gone; return both counts."""
    removed = released = 0
    if release_orphaned:
        orphaned = tx.all(
            "SELECT id FROM entities WHERE lock_owner IS NOT NULL"
            " AND lock_owner NOT IN (SELECT id FROM instances WHERE completed_at IS NULL)"
        )
        for row in orphaned:
            unlock(tx, row["id"])
        released = len(orphaned)
    if remove_empty:
        removed = tx.execute(
            "DELETE FROM entities WHERE state IS NULL AND lock_owner IS NULL"
            " AND id NOT IN (SELECT entity_id FROM operations)"
        ).rowcount
    return removed, released
