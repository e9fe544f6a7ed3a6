"""The Durable HTTP API, answering as the Durable Functions extension does."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import durabletask.internal.orchestrator_service_pb2 as pb
from aiohttp import web

from devhost import durable_http_json as shapes
from devhost.backend import DurableBackend
from devhost.durable_control import InstanceExistsError, WrongStatusError
from devhost.durable_events import TERMINAL, Trace, new_id, text, trace_context
from devhost.durable_instances import UnknownInstanceError

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_CONTINUATION = "x-ms-continuation-token"
_LONGEST_ID = 100
_RETRY_AFTER_START_S = "10"
_RETRY_AFTER_STATUS_S = "5"


def routes(backend: DurableBackend, orchestrators: Callable[[], Collection[str]] | None = None) -> list[web.RouteDef]:
    """Build the routes under /runtime/webhooks/durabletask.

    `orchestrators` names the functions that may be started; without it every name is tried.
    """
    api = _Api(backend, orchestrators)
    instance = f"{shapes.API_PATH}/instances/{{id}}"
    entity = f"{shapes.API_PATH}/entities"
    table: list[tuple[str, str, _Handler]] = [
        ("POST", f"{shapes.API_PATH}/orchestrators/{{name}}", api.start),
        ("POST", f"{shapes.API_PATH}/orchestrators/{{name}}/{{id}}", api.start),
        ("GET", f"{shapes.API_PATH}/instances", api.query),
        ("GET", f"{shapes.API_PATH}/instances/", api.query),
        ("DELETE", f"{shapes.API_PATH}/instances", api.purge_matching),
        ("DELETE", f"{shapes.API_PATH}/instances/", api.purge_matching),
        ("GET", instance, api.status),
        ("DELETE", instance, api.purge),
        ("POST", f"{instance}/raiseEvent/{{event}}", api.raise_event),
        ("POST", f"{instance}/terminate", api.terminate),
        ("POST", f"{instance}/suspend", api.suspend),
        ("POST", f"{instance}/resume", api.resume),
        ("POST", f"{instance}/rewind", api.rewind),
        ("POST", f"{instance}/restart", api.restart),
        ("GET", entity, api.list_entities),
        ("GET", f"{entity}/{{name}}", api.list_entities),
        ("GET", f"{entity}/{{name}}/{{key}}", api.get_entity),
        ("POST", f"{entity}/{{name}}/{{key}}", api.signal_entity),
        ("DELETE", f"{entity}/{{name}}/{{key}}", api.signal_entity),
    ]
    return [web.route(method, path, _answering_errors(handler)) for method, path, handler in table]


def _answering_errors(handler: _Handler) -> _Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except shapes.BadRequestError as error:
            return _message(400, str(error))
        except UnknownInstanceError as error:
            return _message(404, str(error))
        except InstanceExistsError as error:
            return _message(409, str(error))
        except WrongStatusError as error:
            return _message(412, str(error))

    return answer


def _message(status: int, message: str) -> web.Response:
    return web.json_response({"Message": message}, status=status)


def _trace(request: web.Request) -> Trace:
    return Trace(request.headers.get("traceparent"), request.headers.get("tracestate"))


class _Api:
    def __init__(self, backend: DurableBackend, orchestrators: Callable[[], Collection[str]] | None) -> None:
        self._backend = backend
        self._orchestrators = orchestrators

    async def start(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        instance_id = request.match_info.get("id") or new_id()
        if self._orchestrators is not None and name not in self._orchestrators():
            raise shapes.BadRequestError(f"The function '{name}' is not an orchestrator function.")
        if len(instance_id) > _LONGEST_ID or instance_id.startswith("@") or set(instance_id) & set("/\\#?"):
            raise shapes.BadRequestError(f"'{instance_id}' cannot be an instance ID.")
        body = await shapes.json_body(request)
        creation = pb.CreateInstanceRequest(
            instanceId=instance_id,
            name=name,
            input=text(body),
            version=text(request.query.get("version")),
            parentTraceContext=trace_context(_trace(request)),
        )
        await asyncio.to_thread(self._backend.hub.start_instance, creation)
        return self._started(request, instance_id)

    @staticmethod
    def _started(request: web.Request, instance_id: str) -> web.Response:
        links = shapes.management_links(request, instance_id)
        headers = {"Location": links["statusQueryGetUri"], "Retry-After": _RETRY_AFTER_START_S}
        return web.json_response(links, status=202, headers=headers)

    async def status(self, request: web.Request) -> web.Response:
        state = await self._state(request, payloads=True)
        show_input = shapes.flag(request, "showInput", default=True)
        shown = shapes.status_json(state, show_input=show_input)
        if shapes.flag(request, "showHistory"):
            history = await asyncio.to_thread(self._backend.hub.history, state.instanceId)
            shown["historyEvents"] = shapes.history_json(
                history, show_input=show_input, show_output=shapes.flag(request, "showHistoryOutput")
            )
        if state.orchestrationStatus not in TERMINAL:
            headers = {"Location": str(request.url), "Retry-After": _RETRY_AFTER_STATUS_S}
            return web.json_response(shown, status=202, headers=headers)
        failed = state.orchestrationStatus == pb.ORCHESTRATION_STATUS_FAILED
        is_error = failed and shapes.flag(request, "returnInternalServerErrorOnFailure")
        return web.json_response(shown, status=500 if is_error else 200)

    async def _state(self, request: web.Request, *, payloads: bool = False) -> pb.OrchestrationState:
        instance_id = request.match_info["id"]
        wanted = pb.GetInstanceRequest(instanceId=instance_id, getInputsAndOutputs=payloads)
        found = await asyncio.to_thread(self._backend.hub.get_instance, wanted)
        if not found.exists:
            raise UnknownInstanceError(instance_id)
        return found.orchestrationState

    async def query(self, request: web.Request) -> web.Response:
        query = pb.InstanceQuery(
            runtimeStatus=shapes.statuses(request),
            createdTimeFrom=shapes.moment(request, "createdTimeFrom"),
            createdTimeTo=shapes.moment(request, "createdTimeTo"),
            instanceIdPrefix=text(request.query.get("instanceIdPrefix")),
            maxInstanceCount=shapes.number(request, "top"),
            continuationToken=text(request.headers.get(_CONTINUATION)),
            fetchInputsAndOutputs=True,
        )
        page = await self._page(self._backend.hub.query_instances, pb.QueryInstancesRequest(query=query))
        show_input = shapes.flag(request, "showInput", default=True)
        found = [shapes.status_json(state, show_input=show_input) for state in page.orchestrationState]
        return web.json_response(found, headers={_CONTINUATION: page.continuationToken.value})

    @staticmethod
    async def _page[Query, Page](read: Callable[[Query], Page], query: Query) -> Page:
        try:
            return await asyncio.to_thread(read, query)
        except ValueError:
            raise shapes.BadRequestError("The continuation token is not one of ours.") from None

    async def purge(self, request: web.Request) -> web.Response:
        state = await self._state(request)
        if state.orchestrationStatus not in TERMINAL:
            raise WrongStatusError(f"Instance '{state.instanceId}' has not ended, so it cannot be purged.")
        purge = pb.PurgeInstancesRequest(instanceId=state.instanceId)
        purged = await asyncio.to_thread(self._backend.hub.purge_instances, purge)
        return web.json_response({"instancesDeleted": purged.deletedInstanceCount})

    async def purge_matching(self, request: web.Request) -> web.Response:
        created_from = shapes.moment(request, "createdTimeFrom")
        if created_from is None:
            raise shapes.BadRequestError("'createdTimeFrom' has to be given.")
        wanted = pb.PurgeInstanceFilter(
            createdTimeFrom=created_from,
            createdTimeTo=shapes.moment(request, "createdTimeTo"),
            runtimeStatus=shapes.statuses(request),
        )
        purge = pb.PurgeInstancesRequest(purgeInstanceFilter=wanted)
        purged = await asyncio.to_thread(self._backend.hub.purge_instances, purge)
        if purged.deletedInstanceCount == 0:
            return _message(404, "No instance matches.")
        return web.json_response({"instancesDeleted": purged.deletedInstanceCount})

    async def raise_event(self, request: web.Request) -> web.Response:
        state = await self._state(request)
        if state.orchestrationStatus in TERMINAL:
            return web.Response(status=410)
        if request.content_type != "application/json":
            raise shapes.BadRequestError("Only application/json is supported.")
        body = await shapes.json_body(request)
        raised = pb.RaiseEventRequest(instanceId=state.instanceId, name=request.match_info["event"], input=text(body))
        return await self._do(self._backend.hub.raise_event, raised)

    async def terminate(self, request: web.Request) -> web.Response:
        reason = request.query.get("reason")
        output = text(json.dumps(reason)) if reason is not None else None
        return await self._control(request, self._backend.hub.terminate_instance, pb.TerminateRequest(output=output))

    async def suspend(self, request: web.Request) -> web.Response:
        suspension = pb.SuspendRequest(reason=text(request.query.get("reason")))
        return await self._control(request, self._backend.hub.suspend_instance, suspension)

    async def resume(self, request: web.Request) -> web.Response:
        resumption = pb.ResumeRequest(reason=text(request.query.get("reason")))
        return await self._control(request, self._backend.hub.resume_instance, resumption)

    async def _control(self, request: web.Request, method: Callable[[Any], Any], message: Any) -> web.Response:
        state = await self._state(request)
        if state.orchestrationStatus in TERMINAL:
            return web.Response(status=410)
        message.instanceId = state.instanceId
        return await self._do(method, message)

    @staticmethod
    async def _do(method: Callable[[Any], Any], message: Any) -> web.Response:
        try:
            await asyncio.to_thread(method, message)
        except WrongStatusError:
            # It ended between the look at its status and the request.
            return web.Response(status=410)
        return web.Response(status=202)

    async def rewind(self, request: web.Request) -> web.Response:
        rewinding = pb.RewindInstanceRequest(
            instanceId=request.match_info["id"], reason=text(request.query.get("reason"))
        )
        await asyncio.to_thread(self._backend.hub.rewind_instance, rewinding)
        return web.Response(status=202)

    async def restart(self, request: web.Request) -> web.Response:
        restarting = pb.RestartInstanceRequest(
            instanceId=request.match_info["id"],
            restartWithNewInstanceId=shapes.flag(request, "restartWithNewInstanceId", default=True),
        )
        try:
            restarted = await asyncio.to_thread(self._backend.hub.restart_instance, restarting)
        except UnknownInstanceError as error:
            raise shapes.BadRequestError(str(error)) from error
        except WrongStatusError as error:
            raise InstanceExistsError(str(error)) from error
        return self._started(request, restarted.instanceId)

    async def list_entities(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name")
        fetch_state = shapes.flag(request, "fetchState")
        query = pb.EntityQuery(
            instanceIdStartsWith=text(f"@{name.lower()}@" if name else None),
            lastModifiedFrom=shapes.moment(request, "lastOperationTimeFrom"),
            lastModifiedTo=shapes.moment(request, "lastOperationTimeTo"),
            includeState=fetch_state,
            continuationToken=text(request.headers.get(_CONTINUATION)),
        )
        query.pageSize.value = shapes.number(request, "top")
        page = await self._page(self._backend.hub.query_entities, pb.QueryEntitiesRequest(query=query))
        found = [shapes.entity_json(entity, fetch_state=fetch_state) for entity in page.entities]
        return web.json_response(found, headers={_CONTINUATION: page.continuationToken.value})

    async def get_entity(self, request: web.Request) -> web.Response:
        wanted = pb.GetEntityRequest(instanceId=_entity_id(request), includeState=True)
        found = await asyncio.to_thread(self._backend.hub.get_entity, wanted)
        if not found.exists:
            return _message(404, "There is no such entity.")
        return web.json_response(shapes.json_value(found.entity.serializedState.value))

    async def signal_entity(self, request: web.Request) -> web.Response:
        body = await request.text()
        if body and request.content_type != "application/json":
            body = json.dumps(body)
        operation = "delete" if request.method == "DELETE" else request.query.get("op", "")
        signal = pb.SignalEntityRequest(
            instanceId=_entity_id(request),
            name=operation,
            input=text(body or None),
            requestId=new_id(),
            parentTraceContext=trace_context(_trace(request)),
        )
        await asyncio.to_thread(self._backend.hub.signal_entity, signal)
        return web.Response(status=202)


def _entity_id(request: web.Request) -> str:
    return f"@{request.match_info['name'].lower()}@{request.match_info['key']}"
