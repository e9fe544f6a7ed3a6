"""One step of an orchestration: the request handed to its function, and what its answer changes."""

from collections.abc import Callable
from dataclasses import dataclass

import durabletask.internal.orchestrator_service_pb2 as pb

from devhost import durable_control as control
from devhost import durable_entities as entities
from devhost import durable_instances as instances
from devhost.durable_events import (
    Trace,
    event,
    failure,
    now_us,
    optional_text,
    raised_event,
    text,
    trace_context,
    trace_of,
)
from devhost.durable_locks import release_lock
from devhost.store import Transaction

CUSTOM_STATUS_LIMIT_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Turn:
    """What was handed to an orchestrator function: new events, and the inbox rows they came from."""

    instance_id: str
    execution_id: str
    rows: list[int]
    events: list[pb.HistoryEvent]
    request: bytes
    name: str
    trace: Trace


def next_turn(tx: Transaction, instance_id: str) -> Turn | None:
    """Gather the next step of an instance, None when nothing is to be done or it has not begun yet."""
    instance = instances.load(tx, instance_id)
    if instance is None or instance.is_terminal or instance.status == pb.ORCHESTRATION_STATUS_SUSPENDED:
        return None
    if not tx.versions.fits(optional_text(instance.started, "version")):
        return None
    rows = tx.all("SELECT id, event FROM inbox WHERE instance_id = ? ORDER BY id", instance_id)
    if not rows:
        return None
    history = instances.encoded_history(tx, instance_id)
    events = [pb.HistoryEvent.FromString(row["event"]) for row in rows]
    if not history:
        # An event may have come before a delayed start: the start goes first all the same.
        events.sort(key=lambda each: not each.HasField("executionStarted"))
        if not events[0].HasField("executionStarted"):
            return None
    events.insert(0, event(orchestratorStarted=pb.OrchestratorStartedEvent()))
    request = pb.OrchestratorRequest(instanceId=instance_id, executionId=text(instance.execution_id), newEvents=events)
    if instance.span is not None:
        request.orchestrationTraceContext.ParseFromString(instance.span)
    return Turn(
        instance_id=instance_id,
        execution_id=instance.execution_id,
        rows=[row["id"] for row in rows],
        events=events,
        # Encoded messages of one type put end to end are one message.
        request=request.SerializeToString() + history,
        name=instance.name,
        trace=instance.trace,
    )


def complete(tx: Transaction, turn: Turn, response: pb.OrchestratorResponse) -> None:
    """Commit a step: its events to history, its actions carried out, the instance ended if it says so."""
    instance = _still_current(tx, turn)
    if instance is None:
        return
    status = optional_text(response, "customStatus")
    size = len(status.encode("utf-16-le")) if status is not None else 0
    if size > CUSTOM_STATUS_LIMIT_BYTES:
        too_big = f"The custom status takes {size} bytes as UTF-16, {CUSTOM_STATUS_LIMIT_BYTES} are allowed."
        fail(tx, turn, failure("CustomStatusTooLarge", too_big))
        return
    step = _Step(tx, instance, turn)
    step.run(list(response.actions))
    if status is not None:
        tx.execute("UPDATE instances SET custom_status = ? WHERE id = ?", status, instance.id)
    if response.HasField("orchestrationTraceContext"):
        span = response.orchestrationTraceContext.SerializeToString()
        if span != (instance.span or b""):
            tx.execute("UPDATE instances SET span = ? WHERE id = ?", span, instance.id)


def fail(tx: Transaction, turn: Turn, details: pb.TaskFailureDetails) -> None:
    """End the instance as failed, because its function raised or its answer cannot be taken."""
    instance = _still_current(tx, turn)
    if instance is None:
        return
    action = pb.CompleteOrchestrationAction(orchestrationStatus=pb.ORCHESTRATION_STATUS_FAILED, failureDetails=details)
    _Step(tx, instance, turn).run([pb.OrchestratorAction(id=-1, completeOrchestration=action)])


def _still_current(tx: Transaction, turn: Turn) -> instances.Instance | None:
    instance = instances.load(tx, turn.instance_id)
    if instance is None or instance.is_terminal or instance.execution_id != turn.execution_id:
        return None
    return instance


class _Step:
    """The actions of one step, turned into rows and history."""

    def __init__(self, tx: Transaction, instance: instances.Instance, turn: Turn) -> None:
        self._tx = tx
        self._instance = instance
        self._history = list(turn.events)
        self._delivered = turn.rows
        self._handlers: dict[str, Callable[[pb.OrchestratorAction], None]] = {
            "scheduleTask": self._schedule_task,
            "createTimer": self._create_timer,
            "createSubOrchestration": self._create_child,
            "sendEvent": self._send_event,
            "sendEntityMessage": self._send_to_entity,
            "terminateOrchestration": self._terminate_other,
        }

    def run(self, actions: list[pb.OrchestratorAction]) -> None:
        marks = ",".join("?" * len(self._delivered))
        self._tx.execute(f"DELETE FROM inbox WHERE id IN ({marks})", *self._delivered)
        end = next((a.completeOrchestration for a in actions if a.HasField("completeOrchestration")), None)
        renewed = end is not None and end.orchestrationStatus == pb.ORCHESTRATION_STATUS_CONTINUED_AS_NEW
        for action in actions:
            kind = action.WhichOneof("orchestratorActionType")
            # The results of what a run starts while it gives way to the next would reach nobody.
            if kind in self._handlers and not (renewed and kind in ("scheduleTask", "createTimer")):
                self._handlers[kind](action)
        if end is not None and renewed:
            self._renew(end)
        else:
            self._close_turn(end)

    def _renew(self, action: pb.CompleteOrchestrationAction) -> None:
        tx, instance = self._tx, self._instance
        undelivered = tx.all(
            "SELECT event FROM inbox WHERE instance_id = ? AND execution_id IS NULL ORDER BY id", instance.id
        )
        instances.continue_as_new(tx, instance, action, [row["event"] for row in undelivered])
        self._touch()

    def _close_turn(self, end: pb.CompleteOrchestrationAction | None) -> None:
        tx, instance = self._tx, self._instance
        self._history.append(event(orchestratorCompleted=pb.OrchestratorCompletedEvent()))
        if end is None:
            instances.append_history(tx, instance.id, self._history)
            self._touch()
            return
        output = optional_text(end, "result")
        details = end.failureDetails if end.HasField("failureDetails") else None
        completed = pb.ExecutionCompletedEvent(
            orchestrationStatus=end.orchestrationStatus, result=text(output), failureDetails=details
        )
        self._history.append(event(executionCompleted=completed))
        instances.append_history(tx, instance.id, self._history)
        instances.finish(tx, instance, end.orchestrationStatus, output, details)

    def _touch(self) -> None:
        status = self._instance.status
        if status == pb.ORCHESTRATION_STATUS_PENDING:
            status = pb.ORCHESTRATION_STATUS_RUNNING
            self._tx.changed.append(self._instance.id)
        self._tx.execute(
            "UPDATE instances SET status = ?, updated_at = ? WHERE id = ?",
            status,
            now_us(),
            self._instance.id,
        )

    def _schedule_task(self, action: pb.OrchestratorAction) -> None:
        task, instance = action.scheduleTask, self._instance
        trace = trace_of(task)
        if trace.parent is None:
            trace = instance.trace
        scheduled = pb.TaskScheduledEvent(
            name=task.name,
            version=task.version if task.HasField("version") else None,
            input=task.input if task.HasField("input") else None,
            parentTraceContext=trace_context(trace),
            tags=task.tags,
        )
        self._history.append(event(action.id, taskScheduled=scheduled))
        cursor = self._tx.execute(
            "INSERT INTO activities"
            " (instance_id, execution_id, task_id, name, input, trace_parent, trace_state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            instance.id,
            instance.execution_id,
            action.id,
            task.name,
            optional_text(task, "input"),
            trace.parent,
            trace.state,
        )
        if cursor.lastrowid is not None:
            self._tx.activities.append(cursor.lastrowid)

    def _create_timer(self, action: pb.OrchestratorAction) -> None:
        fire_at = action.createTimer.fireAt
        self._history.append(event(action.id, timerCreated=pb.TimerCreatedEvent(fireAt=fire_at)))
        instances.set_timer(self._tx, self._instance, action.id, fire_at)

    def _create_child(self, action: pb.OrchestratorAction) -> None:
        child, instance = action.createSubOrchestration, self._instance
        trace = trace_of(child)
        if trace.parent is None:
            trace = instance.trace
        created = pb.SubOrchestrationInstanceCreatedEvent(
            instanceId=child.instanceId,
            name=child.name,
            version=child.version if child.HasField("version") else None,
            input=child.input if child.HasField("input") else None,
            parentTraceContext=trace_context(trace),
        )
        self._history.append(event(action.id, subOrchestrationInstanceCreated=created))
        try:
            control.create(self._tx, child.instanceId, control.child_start(instance, action.id, created))
        except control.InstanceExistsError as error:
            failed = pb.SubOrchestrationInstanceFailedEvent(
                taskScheduledId=action.id, failureDetails=failure(type(error).__name__, str(error))
            )
            answer = event(subOrchestrationInstanceFailed=failed)
            instances.deliver(self._tx, instance.id, answer, instance.execution_id)

    def _send_event(self, action: pb.OrchestratorAction) -> None:
        sent = action.sendEvent
        data = optional_text(sent, "data")
        target = sent.instance.instanceId
        self._history.append(
            event(action.id, eventSent=pb.EventSentEvent(instanceId=target, name=sent.name, input=text(data)))
        )
        instances.deliver(self._tx, target, raised_event(sent.name, data))

    def _terminate_other(self, action: pb.OrchestratorAction) -> None:
        request = action.terminateOrchestration
        target = instances.load(self._tx, request.instanceId)
        if target is not None:
            control.terminate(self._tx, target, optional_text(request, "reason"), recursive=request.recurse)

    def _send_to_entity(self, action: pb.OrchestratorAction) -> None:
        tx, instance, message = self._tx, self._instance, action.sendEntityMessage
        if message.HasField("entityOperationSignaled"):
            signaled = message.entityOperationSignaled
            sent = event(action.id, entityOperationSignaled=signaled)
            at_us = signaled.scheduledTime.ToMicroseconds()
            entities.signal(tx, signaled.targetInstanceId.value, sent, at_us, instance.trace)
        elif message.HasField("entityOperationCalled"):
            call = message.entityOperationCalled
            call.parentInstanceId.value = instance.id
            call.parentExecutionId.value = instance.execution_id
            sent = event(action.id, entityOperationCalled=call)
            entities.enqueue(
                tx, call.targetInstanceId.value, sent.SerializeToString(), instance.id, trace=instance.trace
            )
        elif message.HasField("entityLockRequested"):
            request = message.entityLockRequested
            sent = event(action.id, entityLockRequested=request)
            entities.enqueue(tx, request.lockSet[0], sent.SerializeToString(), instance.id, request.criticalSectionId)
        else:
            unlock = message.entityUnlockSent
            sent = event(action.id, entityUnlockSent=unlock)
            release_lock(tx, unlock.targetInstanceId.value, unlock.criticalSectionId)
        self._history.append(sent)
