"""The durable backend of the local host: orchestrations, activities and entities, kept in SQLite."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["orchestration", "activity", "entity"]


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One hand-out of durable work to a function.

    `payload` is what the trigger binding receives: base64 of an OrchestratorRequest or of an
    EntityBatchRequest, or the JSON text of an activity's input. `token` is unique per hand-out.
    """

    kind: Kind
    name: str
    instance_id: str
    payload: str
    trace_parent: str | None
    trace_state: str | None
    token: str


class DurableBackend:
    """Thread-safe task hub in one SQLite file; clients speak gRPC to it, workers are fed by its host."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def start(self, port: int = 0) -> str:
        """Open the database, recover what was in flight, serve gRPC on 127.0.0.1; return "127.0.0.1:PORT"."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop serving and close the database; what is in flight stays recorded as outstanding."""
        raise NotImplementedError

    def next_work(self, kinds: Collection[Kind], timeout_s: float) -> WorkItem | None:
        """Block until work of one of `kinds` is there or the timeout passes."""
        raise NotImplementedError

    def complete(self, item: WorkItem, result: str | None) -> None:
        """Record the function's return value: base64 protobuf, or the activity's JSON text."""
        raise NotImplementedError

    def fail(self, item: WorkItem, error_type: str, message: str, stack: str) -> None:
        """Record that the function raised."""
        raise NotImplementedError

    def abandon(self, item: WorkItem) -> None:
        """Hand the item out again, because its worker died; a late completion of it is ignored."""
        raise NotImplementedError
