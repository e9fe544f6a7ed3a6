"""The HTTP side of the host: routes of functions, the admin endpoints and the Durable HTTP API."""

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from aiohttp import web

from .errors import FunctionTimedOut, WorkerGone
from .expressions import UnknownExpression, trigger_data
from .functions import Function
from .invocations import FunctionFailed, Invoker, Trace
from .protocol import HttpRequestValue, HttpResponseValue, Outcome, TypedValue
from .routes import Route, compile_route
from .storage import Storage
from .worker_pool import WorkerProcess

if TYPE_CHECKING:
    import aiohttp

logger = logging.getLogger(__name__)

_LARGEST_BODY_BYTES = 100 * 1024 * 1024
_HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}
_FAILURES = (FunctionFailed, FunctionTimedOut, WorkerGone, UnknownExpression)


class HttpFront:
    """Finds the function of a request, runs it and answers with what it returns."""

    _invoker: Invoker
    _storage: Storage

    def __init__(self) -> None:
        self._routes: list[tuple[Route, set[str], Function]] = []
        self._session: aiohttp.ClientSession | None = None

    def serve(self, functions: Sequence[Function], invoker: Invoker, storage: Storage, prefix: str) -> None:
        """Answer for these functions from now on.

        Raises:
            HostError: a route template cannot be read.
        """
        routes = [
            (compile_route(route_of(function, prefix)), set(methods_of(function)), function)
            for function in functions
            if function.trigger.type == "httpTrigger"
        ]
        routes.sort(key=lambda entry: entry[0].rank)
        self._invoker, self._storage, self._routes = invoker, storage, routes

    def application(self, further: Sequence[web.AbstractRouteDef]) -> web.Application:
        app = web.Application(client_max_size=_LARGEST_BODY_BYTES)
        app.add_routes(further)
        app.router.add_route("*", "/{path:.*}", self._answer)
        app.on_cleanup.append(self._close)
        return app

    async def _close(self, _app: web.Application) -> None:
        if self._session:
            await self._session.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path.strip("/")
        for route, methods, function in self._routes:
            if methods and request.method not in methods:
                continue
            params = route.match(path)
            if params is not None:
                return await self._run(function, request, params)
        # A wrong method is answered as an unknown route, as Azure does.
        return (
            web.Response(status=200, text="The function app is running.")
            if not path
            else web.Response(status=404)
        )

    async def _run(
        self, function: Function, request: web.Request, params: dict[str, str]
    ) -> web.StreamResponse:
        worker = await self._invoker.acquire_worker()
        if worker.loaded and worker.loaded.http_uri:
            return await self._forward(function, request, params, worker)
        body = await request.read()
        value = _request_value(request, params, body)
        from azure.core.exceptions import AzureError

        try:
            outcome = await self._invoker.invoke(
                function, ("http", value), reason=_reason(request), metadata={}, trace=_trace(request)
            )
            data = trigger_data(
                {**value.query, **params, "headers": value.headers, "query": value.query}, body
            )
            await self._storage.write_outputs(function, outcome, data)
        except _FAILURES as error:
            if isinstance(error, UnknownExpression):
                logger.error("Outputs of '%s' failed: %s", function.name, error)
            return web.Response(status=502 if isinstance(error, WorkerGone) else 500)
        except AzureError as error:
            logger.error("Outputs of '%s' failed: %s", function.name, error)
            return web.Response(status=500)
        return _response(function, outcome)

    async def _forward(
        self, function: Function, request: web.Request, params: dict[str, str], worker: WorkerProcess
    ) -> web.StreamResponse:
        """Stream the request to the worker's own server and its answer back."""
        import aiohttp

        assert worker.loaded
        self._session = self._session or aiohttp.ClientSession(
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
            connector=aiohttp.TCPConnector(limit=0),
        )
        number = str(uuid.uuid4())
        value = _request_value(request, params, b"")
        run = asyncio.create_task(
            self._invoker.invoke(
                function,
                ("http", value),
                reason=_reason(request),
                metadata={},
                trace=_trace(request),
                invocation_id=number,
                worker=worker,
            )
        )
        headers = [(name, text) for name, text in request.headers.items() if name.lower() not in _HOP_BY_HOP]
        try:
            async with self._session.request(
                request.method,
                f"{worker.loaded.http_uri}{request.rel_url}",
                headers=[*headers, ("x-ms-invocation-id", number)],
                data=request.content if request.can_read_body else None,
                allow_redirects=False,
            ) as answer:
                response = web.StreamResponse(status=answer.status)
                for name, text in answer.headers.items():
                    if name.lower() not in _HOP_BY_HOP:
                        response.headers.add(name, text)
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
                await response.write_eof()
                return response
        except aiohttp.ClientConnectionError:
            return web.Response(status=502)
        finally:
            with contextlib.suppress(*_FAILURES):
                await run


def route_of(function: Function, prefix: str) -> str:
    """The function's route template with the prefix of host.json, without slashes around."""
    route = function.trigger.settings.get("route")
    return f"{prefix}/{function.name if route is None else route}".strip("/")


def methods_of(function: Function) -> list[str]:
    """The methods that the function answers; none named means all."""
    methods = cast(list[object], function.trigger.settings.get("methods") or [])
    return [str(method).upper() for method in methods]


def _reason(request: web.Request) -> str:
    return f"This function was programmatically called via the host APIs: {request.method} {request.path}"


def _trace(request: web.Request) -> Trace:
    return Trace.of(request.headers.get("traceparent"), request.headers.get("tracestate"))


def _request_value(request: web.Request, params: dict[str, str], body: bytes) -> HttpRequestValue:
    query: dict[str, str] = {}
    for name, text in parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True):
        query[name] = f"{query[name]},{text}" if name in query else text
    headers: dict[str, str] = {}
    for name, text in request.headers.items():
        headers[name.lower()] = f"{headers[name.lower()]},{text}" if name.lower() in headers else text
    url = f"{request.scheme}://{request.host}{request.raw_path}"
    return HttpRequestValue(request.method, url, headers, params, query, body)


def _response(function: Function, outcome: Outcome) -> web.Response:
    value = outcome.return_value
    named = dict(outcome.outputs)
    for binding in function.outputs:
        if binding.type == "http" and binding.name in named:
            value = named[binding.name]
    returned = next((binding.type for binding in function.outputs if binding.name == "$return"), "http")
    if value is None or (returned != "http" and value is outcome.return_value):
        return web.Response(status=204)
    return _web_response(value)


def _web_response(value: TypedValue) -> web.Response:
    kind, content = value
    if kind == "http":
        answer: HttpResponseValue = content
        response = web.Response(status=answer.status, body=answer.body)
        for name, text in answer.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                response.headers[name] = text
        for cookie in answer.cookies:
            response.headers.add("Set-Cookie", cookie)
        return response
    if kind == "bytes":
        return web.Response(body=content)
    if kind == "string":
        return web.Response(text=content)
    text: Any = content if isinstance(content, str) else json.dumps(content)
    return web.Response(text=text, content_type="application/json")
