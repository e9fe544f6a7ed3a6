"""The durable runtime behind its client binding."""

import json
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import batched
from typing import Any

from azure.durable_functions import DurableFunctionsClient
from durabletask.client import OrchestrationQuery, OrchestrationState, OrchestrationStatus
from grpc import RpcError

from shared.errors import Transient, Unavailable
from shared.instances import InstanceState
from shared.model import Model
from shared.tracing import starting

STATUS = {
    OrchestrationStatus.PENDING: "pending",
    OrchestrationStatus.RUNNING: "running",
    OrchestrationStatus.CONTINUED_AS_NEW: "running",
    OrchestrationStatus.SUSPENDED: "suspended",
    OrchestrationStatus.COMPLETED: "completed",
    OrchestrationStatus.FAILED: "failed",
    OrchestrationStatus.TERMINATED: "terminated",
}

_REST_WITHIN_S = 10.0
_PAGE = 100
_CLOCK_TICK = timedelta(milliseconds=1)
"""Runtimes keep times finer than Python does: what a span ends on must lie within it."""


@cache
def connected(binding: str) -> DurableFunctionsClient:
    """The process's client of the runtime that a durable client binding names, always the same one in one host.

    To open a channel for each invocation and close it again took a twelfth of a busy worker's time.
    """
    return DurableFunctionsClient(binding)


class DurableInstances:
    """Implements Instances through a client of the runtime.

    Every instance is started here, with the version that `version_of` its orchestration says.
    """

    def __init__(self, client: DurableFunctionsClient, version_of: Callable[[str], str]):
        self._client, self._version_of = client, version_of

    async def state(self, instance_id: str) -> InstanceState | None:
        try:
            found = await self._client.get_orchestration_state(instance_id)
        except RpcError as error:
            raise _as_desk_error(error) from error
        return None if found is None else as_instance_state(found)

    async def start(self, orchestration: str, instance_id: str, data: Model) -> bool:
        """A policy that names no status to replace makes the runtime refuse any id that exists."""
        from durabletask.internal.orchestrator_service_pb2 import OrchestrationIdReusePolicy

        return await self._start(orchestration, instance_id, data.model_dump(mode="json"), OrchestrationIdReusePolicy())

    async def start_again(self, orchestration: str, instance_id: str, data: Any) -> bool:
        from durabletask.internal.orchestrator_service_pb2 import (
            ORCHESTRATION_STATUS_FAILED,
            ORCHESTRATION_STATUS_TERMINATED,
            OrchestrationIdReusePolicy,
        )

        replaceable = [ORCHESTRATION_STATUS_FAILED, ORCHESTRATION_STATUS_TERMINATED]
        policy = OrchestrationIdReusePolicy(replaceableStatus=replaceable)
        return await self._start(orchestration, instance_id, data, policy)

    async def failed(self) -> tuple[InstanceState, ...]:
        query = OrchestrationQuery(runtime_status=[OrchestrationStatus.FAILED], max_instance_count=_PAGE)
        return tuple(as_instance_state(state) for state in await self._found(query))

    async def purge_ended(self, before: datetime) -> int:
        """Forget, with history and input, what ended before that moment; tells how many."""
        ended = [OrchestrationStatus.COMPLETED, OrchestrationStatus.FAILED, OrchestrationStatus.TERMINATED]
        query = OrchestrationQuery(created_time_to=before, runtime_status=ended, max_instance_count=_PAGE)
        purged = 0
        try:
            for found in await self._found(query):
                if _zoned(found.last_updated_at) < before:
                    purged += (await self._client.purge_orchestration(found.instance_id)).deleted_instance_count
        except RpcError as error:
            raise _as_desk_error(error) from error
        return purged

    async def raise_event(self, instance_id: str, event: str, data: Model) -> bool:
        try:
            await self._client.raise_orchestration_event(instance_id, event, data=data.model_dump(mode="json"))
        except RpcError as error:
            if _says(error, "NOT_FOUND", "FAILED_PRECONDITION"):
                return False
            raise _as_desk_error(error) from error
        return True

    async def terminate(self, instance_id: str, reason: str) -> bool:
        """To terminate is a request; this returns when it has been heard."""
        try:
            await self._client.terminate_orchestration(instance_id, output=reason, recursive=True)
            await self._client.wait_for_orchestration_completion(
                instance_id, fetch_payloads=False, timeout=_REST_WITHIN_S
            )
        except RpcError as error:
            if _says(error, "NOT_FOUND", "FAILED_PRECONDITION"):
                return False
            raise _as_desk_error(error) from error
        except TimeoutError as error:
            raise Transient(f"{instance_id} has not ended yet") from error
        return True

    async def purge(self, instance_id: str) -> bool:
        """What still runs is not purged, so it is ended first."""
        await self.terminate(instance_id, "forgotten")
        try:
            purged = await self._client.purge_orchestration(instance_id, recursive=True)
        except RpcError as error:
            raise _as_desk_error(error) from error
        return purged.deleted_instance_count > 0

    async def cut_short(self, instance_id: str) -> list[str]:
        from durabletask.history import SubOrchestrationInstanceCreatedEvent

        events = await self._client.get_orchestration_history(instance_id)
        children = [event.instance_id for event in events if isinstance(event, SubOrchestrationInstanceCreatedEvent)]
        found: list[str] = []
        for child in children:
            state = await self.state(child)
            if state is not None and state.status not in ("completed", "failed"):
                found += [child, *await self.cut_short(child)]
        return found

    async def _found(self, query: OrchestrationQuery) -> list[OrchestrationState]:
        try:
            return await self._client.get_all_orchestration_states(query)
        except RpcError as error:
            raise _as_desk_error(error) from error

    async def _start(self, orchestration: str, instance_id: str, data: Any, policy: Any) -> bool:
        try:
            with starting(instance_id):
                await self._client.schedule_new_orchestration(
                    orchestration,
                    input=data,
                    instance_id=instance_id,
                    reuse_id_policy=policy,
                    version=self._version_of(orchestration),
                )
        except RpcError as error:
            if _says(error, "ALREADY_EXISTS", "already exists"):
                return False
            raise _as_desk_error(error) from error
        return True

    async def all_with_prefix(self, prefix: str) -> list[InstanceState]:
        """Every instance whose id starts so, with input and output."""
        query = OrchestrationQuery(instance_id_prefix=prefix, fetch_inputs_and_outputs=True, max_instance_count=_PAGE)
        return [as_instance_state(state) for state in await self._found(query)]

    async def each_with_prefix(self, prefix: str) -> AsyncGenerator[InstanceState]:
        """The client gives all that a query finds at once, so the query is for those created in one span of time."""
        listed = await self._found(OrchestrationQuery(instance_id_prefix=prefix, max_instance_count=_PAGE))
        left = {state.instance_id for state in listed}
        for times in batched(sorted(state.created_at for state in listed), _PAGE, strict=False):
            found = await self._found(
                OrchestrationQuery(
                    instance_id_prefix=prefix,
                    fetch_inputs_and_outputs=True,
                    max_instance_count=_PAGE,
                    created_time_from=_zoned(times[0]) - _CLOCK_TICK,
                    created_time_to=_zoned(times[-1]) + _CLOCK_TICK,
                )
            )
            for state in found:
                if state.instance_id in left:
                    left.remove(state.instance_id)
                    yield as_instance_state(state)

    async def last_input_of(self, instance_id: str, activity: str) -> Any:
        """What the activity was last called with, from the instance's history; None when it never was."""
        inputs = await self.inputs_of(instance_id, activity)
        return inputs[-1][1] if inputs else None

    async def inputs_of(self, instance_id: str, *activities: str) -> tuple[tuple[str, Any], ...]:
        from durabletask.history import TaskScheduledEvent

        events = await self._client.get_orchestration_history(instance_id)
        calls = [event for event in events if isinstance(event, TaskScheduledEvent)]
        return tuple((call.name, _asked(call.input)) for call in calls if call.name in activities and call.input)


def _asked(encoded: str) -> dict[str, Any]:
    """An input without what travels beside it (correlation, payer, lane): no model can have a field of such a name."""
    found: dict[str, Any] = json.loads(encoded)
    return {name: value for name, value in found.items() if not name.startswith("_")}


def as_instance_state(state: OrchestrationState) -> InstanceState:
    failure = state.failure_details
    return InstanceState.model_validate(
        {
            "instance_id": state.instance_id,
            "name": state.name,
            "created_at": _zoned(state.created_at),
            "changed_at": _zoned(state.last_updated_at),
            "status": STATUS[state.runtime_status],
            "input": state.get_input(),
            "custom_status": state.get_custom_status(),
            # An instance that was terminated has the reason as its output.
            "output": state.get_output() if state.runtime_status is OrchestrationStatus.COMPLETED else None,
            "failure": failure.message if failure else None,
        }
    )


def _zoned(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _says(error: Exception, *signs: str) -> bool:
    code: Any = getattr(error, "code", None)
    text = f"{code() if callable(code) else ''} {error}"
    return any(sign in text for sign in signs)


def _as_desk_error(error: Exception) -> Exception:
    """Errors of the wire become the desk's own; anything else is a bug and stays what it is."""
    if _says(error, "UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"):
        return Unavailable("durable", str(error).splitlines()[0][:200])
    if getattr(error, "code", None) is not None:
        return Transient(f"the durable runtime refused: {str(error)[:300]}")
    return error
