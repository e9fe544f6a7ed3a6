"""Activities that are scheduled and not yet done."""

from dataclasses import dataclass

import durabletask.internal.orchestrator_service_pb2 as pb

from devhost import durable_instances as instances
from devhost.durable_events import Trace, event, text
from devhost.store import Transaction


@dataclass(frozen=True, slots=True)
class Activity:
    """One scheduled activity; `input` is JSON text."""

    row: int
    instance_id: str
    name: str
    input: str
    trace: Trace


def load(tx: Transaction, row_id: int) -> Activity | None:
    """Read a scheduled activity, None when it is done or its instance was purged."""
    row = tx.one("SELECT * FROM activities WHERE id = ?", row_id)
    if row is None:
        return None
    # An activity called without input has none in its row, and an empty one when it is retried.
    return Activity(
        row=row_id,
        instance_id=row["instance_id"],
        name=row["name"],
        input=row["input"] or "null",
        trace=Trace(row["trace_parent"], row["trace_state"]),
    )


def complete(tx: Transaction, activity: Activity, result: str | None) -> None:
    """Hand the result, JSON text, to the execution that waits for it, if it still does."""
    row = _remove(tx, activity)
    if row is not None:
        done = pb.TaskCompletedEvent(taskScheduledId=row[1], result=text(result))
        instances.deliver(tx, activity.instance_id, event(taskCompleted=done), row[0])


def fail(tx: Transaction, activity: Activity, details: pb.TaskFailureDetails) -> None:
    """Hand the failure to the execution that waits for the activity, if it still does."""
    row = _remove(tx, activity)
    if row is not None:
        failed = pb.TaskFailedEvent(taskScheduledId=row[1], failureDetails=details)
        instances.deliver(tx, activity.instance_id, event(taskFailed=failed), row[0])


def _remove(tx: Transaction, activity: Activity) -> tuple[str, int] | None:
    # Read again: a rewind moves outstanding activities to the new execution.
    row = tx.one("SELECT execution_id, task_id FROM activities WHERE id = ?", activity.row)
    if row is None:
        return None
    tx.execute("DELETE FROM activities WHERE id = ?", activity.row)
    return row["execution_id"], row["task_id"]
