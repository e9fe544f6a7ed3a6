"""A batch of tickets: what its orchestration carries along and what its door shows."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.delivery import Settled
from shared.desk import Policy
from shared.model import Model

BatchStatus = Literal["accepted", "running", "completed", "completed_with_failures"]

BatchId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]


class BatchMessage(Model):
    """A message on the batch queue: the tickets themselves, or the name of the blob that holds them."""

    batch_id: BatchId | None = None
    tickets: Annotated[tuple[Any, ...], Field(min_length=1)] | None = None
    blob: Annotated[str, StringConstraints(min_length=1, max_length=1024)] | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.tickets is None) == (self.blob is None):
            raise ValueError("give either tickets or blob")
        if self.blob is not None and self.batch_id is None:
            raise ValueError("batch_id is required with blob")
        return self


class Failure(Model):
    """One ticket of a batch that failed alone; `index` counts from 0 in the order given."""

    index: int
    external_id: str | None = None
    ticket_id: str | None = None
    reason: str


class BatchState(Model):
    """Input of `process_batch`, also when it continues as new: counts, never the tickets."""

    batch_id: str
    tenant: str
    blob: str
    concurrency: int
    watchdog_s: float
    policy: Policy
    total: int | None = None
    next_index: int = 0
    resolved: int = 0
    escalated: int = 0
    failed: int = 0
    stalls: int = 0
    """Slices in a row that could not be started."""
    in_flight: dict[str, int] = {}
    """Ticket id to how many of the batch's lines wait for it: started and not yet settled."""


class BatchSlice(Model):
    """Which tickets of the batch to start now."""

    batch_id: str
    tenant: str
    first: int
    count: int


class SliceStarted(Model):
    """What became of a slice: those in work, those that had settled before, how many failed alone."""

    started: dict[str, int] = {}
    settled: tuple[Settled, ...] = ()
    failed: int = 0


class Watch(Model):
    """Which tickets of a batch to look at, because nothing was heard of them."""

    batch_id: str
    ticket_ids: tuple[str, ...]


class Watched(Model):
    settled: tuple[Settled, ...] = ()


class BatchOpened(Model):
    total: int


class BatchView(Model):
    """What GET /batches/{id} shows; total is the sum of the four counts."""

    id: str
    status: BatchStatus
    total: int
    resolved: int
    escalated: int
    failed: int
    in_flight: int
    failures: tuple[Failure, ...] = ()
