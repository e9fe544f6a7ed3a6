"""What clients may do to an instance: start, terminate, suspend, resume, purge."""

import durabletask.internal.orchestrator_service_pb2 as pb

from devhost import durable_instances as instances
from devhost.durable_events import TERMINAL, event, now_us, text
from devhost.store import Transaction


class InstanceExistsError(ValueError):
    """The id belongs to an instance that must not be replaced."""


class WrongStatusError(ValueError):
    """The instance is in a status that does not allow the request."""


def create(
    tx: Transaction,
    instance_id: str,
    started: pb.ExecutionStartedEvent,
    replaceable: frozenset[int] = TERMINAL,
) -> None:
    """Create an instance, replacing an ended one of the same id; `started` carries all but the ids.

    One that is started without a version gets the app's default.

    Raises:
        InstanceExistsError: the id is taken by an instance whose status is not replaceable.
    """
    existing = instances.load(tx, instance_id)
    if existing is not None:
        if existing.status not in replaceable:
            raise InstanceExistsError(f"An Orchestration instance with ID '{instance_id}' already exists.")
        if not existing.is_terminal:
            terminate(tx, existing, None, recursive=False)
        _forget(tx, instance_id)
    parent_id = None
    if started.HasField("parentInstance"):
        parent_id = started.parentInstance.orchestrationInstance.instanceId
    if tx.versions.default and not started.HasField("version"):
        started.version.value = tx.versions.default
    now = now_us()
    tx.execute(
        "INSERT INTO instances (id, execution_id, name, status, parent_id, started, created_at, updated_at)"
        " VALUES (?, '', ?, ?, ?, x'', ?, ?)",
        instance_id,
        started.name,
        pb.ORCHESTRATION_STATUS_PENDING,
        parent_id,
        now,
        now,
    )
    start_at = started.scheduledStartTimestamp.ToMicroseconds()
    instances.begin_execution(tx, instance_id, started, start_at if start_at > now else None)
    tx.changed.append(instance_id)


def terminate(tx: Transaction, instance: instances.Instance, output: str | None, *, recursive: bool) -> None:
    """End a running instance at once, whatever its code is doing; a turn in flight counts for nothing."""
    if instance.is_terminal:
        return
    if recursive:
        for row in tx.all("SELECT id FROM instances WHERE parent_id = ?", instance.id):
            terminate(tx, instances.require(tx, row["id"]), output, recursive=True)
    unseen = tx.all("SELECT event FROM inbox WHERE instance_id = ? ORDER BY id", instance.id)
    last = [pb.HistoryEvent.FromString(row["event"]) for row in unseen]
    last.append(event(executionTerminated=pb.ExecutionTerminatedEvent(input=text(output), recurse=recursive)))
    last.append(
        event(
            executionCompleted=pb.ExecutionCompletedEvent(
                orchestrationStatus=pb.ORCHESTRATION_STATUS_TERMINATED, result=text(output)
            )
        )
    )
    instances.append_history(tx, instance.id, last)
    instances.finish(tx, instance, pb.ORCHESTRATION_STATUS_TERMINATED, output, None)


def suspend(tx: Transaction, instance: instances.Instance, reason: str | None) -> None:
    """Hold the instance back: its events wait in the inbox until it is resumed."""
    if instance.is_terminal or instance.status == pb.ORCHESTRATION_STATUS_SUSPENDED:
        return
    instances.deliver(tx, instance.id, event(executionSuspended=pb.ExecutionSuspendedEvent(input=text(reason))))
    _set_status(tx, instance.id, pb.ORCHESTRATION_STATUS_SUSPENDED)


def resume(tx: Transaction, instance: instances.Instance, reason: str | None) -> None:
    """Let a suspended instance go on with everything that arrived meanwhile."""
    if instance.status != pb.ORCHESTRATION_STATUS_SUSPENDED:
        return
    begun = tx.one("SELECT 1 FROM history WHERE instance_id = ? LIMIT 1", instance.id)
    status = pb.ORCHESTRATION_STATUS_RUNNING if begun else pb.ORCHESTRATION_STATUS_PENDING
    _set_status(tx, instance.id, status)
    instances.deliver(tx, instance.id, event(executionResumed=pb.ExecutionResumedEvent(input=text(reason))))


def _set_status(tx: Transaction, instance_id: str, status: int) -> None:
    tx.execute("UPDATE instances SET status = ?, updated_at = ? WHERE id = ?", status, now_us(), instance_id)
    tx.changed.append(instance_id)


def purge(tx: Transaction, instance: instances.Instance, *, recursive: bool) -> int:
    """Delete an ended instance, with its ended descendants when recursive; return how many went."""
    if not instance.is_terminal:
        return 0
    purged = 1
    if recursive:
        for row in tx.all("SELECT id FROM instances WHERE parent_id = ?", instance.id):
            purged += purge(tx, instances.require(tx, row["id"]), recursive=True)
    _forget(tx, instance.id)
    tx.execute("DELETE FROM activities WHERE instance_id = ?", instance.id)
    tx.changed.append(instance.id)
    return purged


def _forget(tx: Transaction, instance_id: str) -> None:
    instances.drop_events(tx, instance_id)
    tx.execute("DELETE FROM history WHERE instance_id = ?", instance_id)
    tx.execute("DELETE FROM inputs WHERE instance_id = ?", instance_id)
    tx.execute("DELETE FROM instances WHERE id = ?", instance_id)


def is_running(tx: Transaction, instance_id: str) -> bool:
    """Whether the id belongs to an instance that has not ended."""
    instance = instances.load(tx, instance_id)
    return instance is not None and not instance.is_terminal


def child_start(
    parent: instances.Instance, task_id: int, created: pb.SubOrchestrationInstanceCreatedEvent
) -> pb.ExecutionStartedEvent:
    """Describe the start of a sub-orchestration, which knows the execution that waits for it."""
    waiting = pb.OrchestrationInstance(instanceId=parent.id, executionId=text(parent.execution_id))
    return pb.ExecutionStartedEvent(
        name=created.name,
        version=created.version if created.HasField("version") else None,
        input=created.input if created.HasField("input") else None,
        parentTraceContext=created.parentTraceContext if created.HasField("parentTraceContext") else None,
        parentInstance=pb.ParentInstanceInfo(
            taskScheduledId=task_id, name=text(parent.name), orchestrationInstance=waiting
        ),
    )
