"""What clients ask of the task hub, one method a request; gRPC and HTTP both speak to it."""

import time

import durabletask.internal.orchestrator_service_pb2 as pb
from google.protobuf import wrappers_pb2

from devhost import durable_control as control
from devhost import durable_entities as entities
from devhost import durable_instances as instances
from devhost import durable_queries as queries
from devhost.durable_events import TERMINAL, new_id, optional_text, raised_event, trace_of
from devhost.durable_rewind import rewind
from devhost.store import Store, Transaction

_PURGE_BATCH = 100


class TaskHub:
    """Every method commits before it returns.

    Methods raise UnknownInstanceError, InstanceExistsError and WrongStatusError where a request does not
    fit the instance it names.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def start_instance(self, request: pb.CreateInstanceRequest) -> pb.CreateInstanceResponse:
        """Start an instance; an ended one of that id is replaced unless the reuse policy forbids it."""
        replaceable = TERMINAL
        if request.HasField("orchestrationIdReusePolicy"):
            replaceable = frozenset(request.orchestrationIdReusePolicy.replaceableStatus)
        started = pb.ExecutionStartedEvent(
            name=request.name,
            version=request.version if request.HasField("version") else None,
            input=request.input if request.HasField("input") else None,
            scheduledStartTimestamp=request.scheduledStartTimestamp
            if request.HasField("scheduledStartTimestamp")
            else None,
            parentTraceContext=request.parentTraceContext if request.HasField("parentTraceContext") else None,
            tags=request.tags,
        )
        instance_id = request.instanceId or new_id()
        if instance_id.startswith("@"):
            raise ValueError(f"'{instance_id}' cannot be an instance ID: an '@' begins the ID of an entity.")
        with self._store.write() as tx:
            control.create(tx, instance_id, started, replaceable)
        return pb.CreateInstanceResponse(instanceId=instance_id)

    @staticmethod
    def _require_running(tx: Transaction, instance_id: str) -> instances.Instance:
        instance = instances.require(tx, instance_id)
        if instance.is_terminal:
            raise control.WrongStatusError(f"Instance '{instance_id}' is not running any more.")
        return instance

    def get_instance(self, request: pb.GetInstanceRequest) -> pb.GetInstanceResponse:
        """Read an instance's state."""
        with self._store.read() as tx:
            state = queries.get_instance(tx, request.instanceId, request.getInputsAndOutputs)
        return pb.GetInstanceResponse(exists=state is not None, orchestrationState=state)

    def history(self, instance_id: str) -> list[pb.HistoryEvent]:
        """Read an instance's history."""
        with self._store.read() as tx:
            instances.require(tx, instance_id)
            encoded = instances.encoded_history(tx, instance_id)
        return list(pb.OrchestratorRequest.FromString(encoded).pastEvents)

    def raise_event(self, request: pb.RaiseEventRequest) -> pb.RaiseEventResponse:
        """Deliver an external event to a running instance."""
        with self._store.write() as tx:
            self._require_running(tx, request.instanceId)
            data = optional_text(request, "input")
            instances.deliver(tx, request.instanceId, raised_event(request.name, data))
        return pb.RaiseEventResponse()

    def terminate_instance(self, request: pb.TerminateRequest) -> pb.TerminateResponse:
        """End an instance, and its children when recursive."""
        with self._store.write() as tx:
            instance = self._require_running(tx, request.instanceId)
            control.terminate(tx, instance, optional_text(request, "output"), recursive=request.recursive)
        return pb.TerminateResponse()

    def suspend_instance(self, request: pb.SuspendRequest) -> pb.SuspendResponse:
        """Hold an instance back until it is resumed."""
        with self._store.write() as tx:
            control.suspend(tx, self._require_running(tx, request.instanceId), optional_text(request, "reason"))
        return pb.SuspendResponse()

    def resume_instance(self, request: pb.ResumeRequest) -> pb.ResumeResponse:
        """Let a suspended instance go on."""
        with self._store.write() as tx:
            control.resume(tx, self._require_running(tx, request.instanceId), optional_text(request, "reason"))
        return pb.ResumeResponse()

    def rewind_instance(self, request: pb.RewindInstanceRequest) -> pb.RewindInstanceResponse:
        """Run a failed instance again from its last good state."""
        with self._store.write() as tx:
            rewind(tx, instances.require(tx, request.instanceId), optional_text(request, "reason"))
        return pb.RewindInstanceResponse()

    def restart_instance(self, request: pb.RestartInstanceRequest) -> pb.RestartInstanceResponse:
        """Start an instance's orchestrator again with the same input, under a new id or its own."""
        with self._store.write() as tx:
            instance = instances.require(tx, request.instanceId)
            if not request.restartWithNewInstanceId and not instance.is_terminal:
                raise control.WrongStatusError(f"Instance '{instance.id}' is still running.")
            new_instance_id = new_id() if request.restartWithNewInstanceId else instance.id
            started = pb.ExecutionStartedEvent(name=instance.name, tags=instance.started.tags)
            if instance.started.HasField("version"):
                started.version.CopyFrom(instance.started.version)
            row = tx.one("SELECT input FROM inputs WHERE instance_id = ?", instance.id)
            if row is not None:
                started.input.value = row["input"]
            control.create(tx, new_instance_id, started)
        return pb.RestartInstanceResponse(instanceId=new_instance_id)

    def purge_instances(self, request: pb.PurgeInstancesRequest) -> pb.PurgeInstancesResponse:
        """Delete ended instances: one, a list, or all that match a filter, in bounded transactions."""
        if request.HasField("purgeInstanceFilter"):
            return self._purge_matching(request.purgeInstanceFilter, request.recursive)
        wanted = list(request.instanceBatch.instanceIds) or [request.instanceId]
        return self._purge_result(self._purge(wanted, request.recursive), complete=True)

    def _purge_matching(self, wanted: pb.PurgeInstanceFilter, recursive: bool) -> pb.PurgeInstancesResponse:
        deadline = None
        if wanted.HasField("timeout"):
            deadline = time.monotonic() + wanted.timeout.ToMilliseconds() / 1000
        purged = 0
        while True:
            with self._store.read() as tx:
                matching = queries.ended_ids(tx, wanted, _PURGE_BATCH)
            if not matching:
                return self._purge_result(purged, complete=True)
            purged += self._purge(matching, recursive)
            if deadline is not None and time.monotonic() >= deadline:
                return self._purge_result(purged, complete=False)

    def _purge(self, instance_ids: list[str], recursive: bool) -> int:
        purged = 0
        with self._store.write() as tx:
            for instance_id in instance_ids:
                instance = instances.load(tx, instance_id)
                if instance is not None:
                    purged += control.purge(tx, instance, recursive=recursive)
        return purged

    @staticmethod
    def _purge_result(count: int, *, complete: bool) -> pb.PurgeInstancesResponse:
        return pb.PurgeInstancesResponse(deletedInstanceCount=count, isComplete=wrappers_pb2.BoolValue(value=complete))

    def query_instances(self, request: pb.QueryInstancesRequest) -> pb.QueryInstancesResponse:
        """Read one page of instances that match a filter."""
        with self._store.read() as tx:
            return queries.query_instances(tx, request.query)

    def list_instance_ids(self, request: pb.ListInstanceIdsRequest) -> pb.ListInstanceIdsResponse:
        """Read one page of ids of ended instances."""
        with self._store.read() as tx:
            return queries.list_instance_ids(tx, request)

    def signal_entity(self, request: pb.SignalEntityRequest) -> pb.SignalEntityResponse:
        """Queue a one-way operation for an entity."""
        value = optional_text(request, "input")
        message = entities.signalled(request.requestId or new_id(), request.name, value, request.instanceId)
        at_us = request.scheduledTime.ToMicroseconds()
        with self._store.write() as tx:
            entities.signal(tx, request.instanceId, message, at_us, trace_of(request))
        return pb.SignalEntityResponse()

    def get_entity(self, request: pb.GetEntityRequest) -> pb.GetEntityResponse:
        """Read an entity."""
        with self._store.read() as tx:
            entity = queries.get_entity(tx, request.instanceId, request.includeState)
        return pb.GetEntityResponse(exists=entity is not None, entity=entity)

    def query_entities(self, request: pb.QueryEntitiesRequest) -> pb.QueryEntitiesResponse:
        """Read one page of entities that match a filter."""
        with self._store.read() as tx:
            return queries.query_entities(tx, request.query)

    def clean_entity_storage(self, request: pb.CleanEntityStorageRequest) -> pb.CleanEntityStorageResponse:
        """Delete entities without state and work; free locks whose holder is gone."""
        with self._store.write() as tx:
            removed, released = entities.clean(tx, request.removeEmptyEntities, request.releaseOrphanedLocks)
        return pb.CleanEntityStorageResponse(emptyEntitiesRemoved=removed, orphanedLocksReleased=released)
