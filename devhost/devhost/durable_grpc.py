"""The gRPC door of the task hub, for the durable client bindings in the workers."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, cast

import durabletask.internal.orchestrator_service_pb2 as pb
import durabletask.internal.orchestrator_service_pb2_grpc as stubs
import grpc
from google.protobuf import empty_pb2

from devhost.durable_control import InstanceExistsError, WrongStatusError
from devhost.durable_events import TERMINAL
from devhost.durable_hub import TaskHub
from devhost.durable_instances import UnknownInstanceError

_Context = grpc.aio.ServicerContext[Any, Any]
_CHUNK = 100
_STARTED_WITHIN_S = 30
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # Else two hosts could share one port, and each would get some of the calls.
    ("grpc.so_reuseport", 0),
]


class Servicer(stubs.TaskHubSidecarServiceServicer):
    """Runs on an event loop of its own, so a waiting client costs no thread."""

    def __init__(self, hub: TaskHub) -> None:
        self._hub = hub
        self._waiters: dict[str, set[asyncio.Event]] = {}
        self._loop = asyncio.get_running_loop()

    def announce(self, instance_ids: Sequence[str]) -> None:
        """Wake the clients that wait for one of these instances; callable from any thread."""
        awaited = [instance_id for instance_id in instance_ids if instance_id in self._waiters]
        if awaited:
            # A closed loop has no waiting client left.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake, awaited)

    def _wake(self, instance_ids: list[str]) -> None:
        for instance_id in instance_ids:
            for waiter in self._waiters.get(instance_id, ()):
                waiter.set()

    async def _call[Request, Response](
        self, method: Callable[[Request], Response], request: Request, context: _Context
    ) -> Response:
        try:
            return await asyncio.to_thread(method, request)
        except UnknownInstanceError as error:
            await context.abort(grpc.StatusCode.NOT_FOUND, str(error))
        except InstanceExistsError as error:
            await context.abort(grpc.StatusCode.ALREADY_EXISTS, str(error))
        except WrongStatusError as error:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        except ValueError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        raise RuntimeError("the call was aborted")

    async def _wait(
        self, request: pb.GetInstanceRequest, context: _Context, reached: Callable[[int], bool]
    ) -> pb.GetInstanceResponse:
        waiter = asyncio.Event()
        self._waiters.setdefault(request.instanceId, set()).add(waiter)
        try:
            while True:
                # Cleared before reading: a change after the read sets it again.
                waiter.clear()
                response = await self._call(self._hub.get_instance, request, context)
                if not response.exists or reached(response.orchestrationState.orchestrationStatus):
                    return response
                await waiter.wait()
        finally:
            waiters = self._waiters[request.instanceId]
            waiters.discard(waiter)
            if not waiters:
                del self._waiters[request.instanceId]

    async def Hello(self, request: empty_pb2.Empty, context: _Context) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    async def CreateTaskHub(self, request: pb.CreateTaskHubRequest, context: _Context) -> pb.CreateTaskHubResponse:
        return pb.CreateTaskHubResponse()

    async def StartInstance(self, request: pb.CreateInstanceRequest, context: _Context) -> pb.CreateInstanceResponse:
        return await self._call(self._hub.start_instance, request, context)

    async def GetInstance(self, request: pb.GetInstanceRequest, context: _Context) -> pb.GetInstanceResponse:
        return await self._call(self._hub.get_instance, request, context)

    async def WaitForInstanceStart(self, request: pb.GetInstanceRequest, context: _Context) -> pb.GetInstanceResponse:
        return await self._wait(request, context, lambda status: status != pb.ORCHESTRATION_STATUS_PENDING)

    async def WaitForInstanceCompletion(
        self, request: pb.GetInstanceRequest, context: _Context
    ) -> pb.GetInstanceResponse:
        return await self._wait(request, context, lambda status: status in TERMINAL)

    async def RaiseEvent(self, request: pb.RaiseEventRequest, context: _Context) -> pb.RaiseEventResponse:
        return await self._call(self._hub.raise_event, request, context)

    async def TerminateInstance(self, request: pb.TerminateRequest, context: _Context) -> pb.TerminateResponse:
        return await self._call(self._hub.terminate_instance, request, context)

    async def SuspendInstance(self, request: pb.SuspendRequest, context: _Context) -> pb.SuspendResponse:
        return await self._call(self._hub.suspend_instance, request, context)

    async def ResumeInstance(self, request: pb.ResumeRequest, context: _Context) -> pb.ResumeResponse:
        return await self._call(self._hub.resume_instance, request, context)

    async def RewindInstance(self, request: pb.RewindInstanceRequest, context: _Context) -> pb.RewindInstanceResponse:
        return await self._call(self._hub.rewind_instance, request, context)

    async def RestartInstance(
        self, request: pb.RestartInstanceRequest, context: _Context
    ) -> pb.RestartInstanceResponse:
        return await self._call(self._hub.restart_instance, request, context)

    async def PurgeInstances(self, request: pb.PurgeInstancesRequest, context: _Context) -> pb.PurgeInstancesResponse:
        return await self._call(self._hub.purge_instances, request, context)

    async def QueryInstances(self, request: pb.QueryInstancesRequest, context: _Context) -> pb.QueryInstancesResponse:
        return await self._call(self._hub.query_instances, request, context)

    async def ListInstanceIds(
        self, request: pb.ListInstanceIdsRequest, context: _Context
    ) -> pb.ListInstanceIdsResponse:
        return await self._call(self._hub.list_instance_ids, request, context)

    async def StreamInstanceHistory(
        self, request: pb.StreamInstanceHistoryRequest, context: _Context
    ) -> AsyncIterator[pb.HistoryChunk]:
        events = await self._call(self._hub.history, request.instanceId, context)
        for start in range(0, len(events), _CHUNK):
            yield pb.HistoryChunk(events=events[start : start + _CHUNK])

    async def SignalEntity(self, request: pb.SignalEntityRequest, context: _Context) -> pb.SignalEntityResponse:
        return await self._call(self._hub.signal_entity, request, context)

    async def GetEntity(self, request: pb.GetEntityRequest, context: _Context) -> pb.GetEntityResponse:
        return await self._call(self._hub.get_entity, request, context)

    async def QueryEntities(self, request: pb.QueryEntitiesRequest, context: _Context) -> pb.QueryEntitiesResponse:
        return await self._call(self._hub.query_entities, request, context)

    async def CleanEntityStorage(
        self, request: pb.CleanEntityStorageRequest, context: _Context
    ) -> pb.CleanEntityStorageResponse:
        return await self._call(self._hub.clean_entity_storage, request, context)


class GrpcServer:
    """Serves the hub on 127.0.0.1 from a thread with its own event loop."""

    def __init__(self, hub: TaskHub) -> None:
        self._hub = hub
        self._servicer: Servicer | None = None
        self._stopping: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self, port: int) -> str:
        """Begin to serve; return "127.0.0.1:PORT".

        Raises:
            OSError: the port is taken.
        """
        bound: Future[int] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(port, bound)), name="durable-grpc", daemon=True
        )
        self._thread.start()
        return f"127.0.0.1:{bound.result(timeout=_STARTED_WITHIN_S)}"

    async def _serve(self, port: int, bound: "Future[int]") -> None:
        server = grpc.aio.server(options=_OPTIONS)
        self._servicer, self._stopping = Servicer(self._hub), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        add_servicer = cast(
            Callable[[Servicer, grpc.aio.Server], None], stubs.add_TaskHubSidecarServiceServicer_to_server
        )
        add_servicer(self._servicer, server)
        try:
            actual = server.add_insecure_port(f"127.0.0.1:{port}")
        except RuntimeError as error:
            bound.set_exception(OSError(f"gRPC cannot listen on 127.0.0.1:{port}: {error}"))
            return
        await server.start()
        bound.set_result(actual)
        await self._stopping.wait()
        await server.stop(grace=0.5)

    def announce(self, instance_ids: Sequence[str]) -> None:
        """Wake the clients that wait for one of these instances."""
        if self._servicer is not None:
            self._servicer.announce(instance_ids)

    def stop(self) -> None:
        """Stop serving; calls in progress get half a second."""
        if self._loop is not None and self._stopping is not None and self._thread is not None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(timeout=10)
