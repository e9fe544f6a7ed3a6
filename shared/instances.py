"""The durable runtime as doors and activities see it."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from shared.model import Model


class InstanceState(Model):
    """A durable instance from outside. `output` is set once it has completed, `failure` when it failed."""

    instance_id: str
    name: str = ""
    created_at: datetime | None = None
    changed_at: datetime | None = None
    status: Literal["pending", "running", "suspended", "completed", "failed", "terminated"]
    input: Any = None
    custom_status: Any = None
    output: Any = None
    failure: str | None = None

    @property
    def ended(self) -> bool:
        return self.status in ("completed", "failed", "terminated")


class Instances(Protocol):
    """The durable runtime as doors and activities see it."""

    async def state(self, instance_id: str) -> InstanceState | None: ...

    async def start(self, orchestration: str, instance_id: str, data: Model) -> bool:
        """Start unless an instance of that id exists, ended or not; tells whether this call started it."""
        ...

    async def raise_event(self, instance_id: str, event: str, data: Model) -> bool:
        """False when there is no such instance any more to hear it."""
        ...

    async def last_input_of(self, instance_id: str, activity: str) -> Any:
        """What the instance last called the activity with; None when it never did."""
        ...

    async def inputs_of(self, instance_id: str, *activities: str) -> tuple[tuple[str, Any], ...]:
        """What the instance called these activities with, by name, in their order."""
        ...

    async def terminate(self, instance_id: str, reason: str) -> bool:
        """End an instance and its children; False when it has ended, or never was.

        Raises Transient where it does not end within seconds.
        """
        ...

    async def cut_short(self, instance_id: str) -> list[str]:
        """Children, and theirs, that have not ended by themselves: they still run, or were terminated."""
        ...

    async def failed(self) -> tuple[InstanceState, ...]:
        """Every instance that has failed, without input and output."""
        ...

    async def all_with_prefix(self, prefix: str) -> Sequence[InstanceState]:
        """Every instance whose id starts so, with input and output: for prefixes that few have."""
        ...

    def each_with_prefix(self, prefix: str) -> AsyncIterator[InstanceState]:
        """The same one after the other, where all of them might not fit into memory. What is started meanwhile may
        be missed."""
        ...

    async def purge(self, instance_id: str) -> bool:
        """Remove an instance and its history, ended or not; False when there is none.

        Raises Transient where one that ran does not end within seconds.
        """
        ...

    async def start_again(self, orchestration: str, instance_id: str, data: Any) -> bool:
        """Start under an id that is free, or whose instance has failed or was terminated; else False."""
        ...
