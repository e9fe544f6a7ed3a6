"""The HTTP side of the host: finds the function of a request, runs it and answers with what it returns."""

from collections.abc import Sequence

from aiohttp import web

from .errors import FunctionTimedOut, OutputFailed, WorkerGone
from .expressions import trigger_data
from .functions import Function
from .http_stream import WorkerProxy
from .http_values import request_value, response
from .invocations import FunctionFailed, Trace
from .serving import Serving

_LARGEST_BODY_BYTES = 100 * 1024 * 1024


class HttpFront:
    """Finds the function of a request, runs it and answers with what it returns."""

    def __init__(self) -> None:
        self._serving: Serving | None = None
        self._proxy = WorkerProxy()

    def serve(self, serving: Serving) -> None:
        """Answer for this version of the app from now on."""
        self._serving = serving

    def application(self, further: Sequence[web.AbstractRouteDef]) -> web.Application:
        app = web.Application(client_max_size=_LARGEST_BODY_BYTES)
        app.add_routes(further)
        app.router.add_route("*", "/{path:.*}", self._answer)
        app.on_cleanup.append(self._proxy.close)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path.strip("/")
        assert self._serving
        for route, function in self._serving.routes:
            if function.methods and request.method not in function.methods:
                continue
            params = route.match(path)
            if params is not None:
                return await self._run(self._serving, function, request, params)
        # A wrong method is answered as an unknown route, as Azure does.
        return web.Response(status=200, text="The function app is running.") if not path else web.Response(status=404)

    async def _run(
        self, serving: Serving, function: Function, request: web.Request, params: dict[str, str]
    ) -> web.StreamResponse:
        try:
            worker = await serving.invoker.acquire_worker()
        except WorkerGone:
            return web.Response(status=503)
        if worker.loaded and worker.loaded.http_uri:
            value = request_value(request, params, b"")
            return await self._proxy.forward(
                request,
                worker.loaded.http_uri,
                lambda number: serving.invoker.invoke(
                    function,
                    ("http", value),
                    reason=_reason(request),
                    trace=_trace(request),
                    invocation_id=number,
                    worker=worker,
                ),
            )
        return await self._invoke(serving, function, request, params)

    async def _invoke(
        self, serving: Serving, function: Function, request: web.Request, params: dict[str, str]
    ) -> web.Response:
        body = await request.read()
        value = request_value(request, params, body)
        data = trigger_data({**value.query, **params, "headers": value.headers, "query": value.query}, body)
        try:
            outcome = await serving.invoker.invoke(
                function, ("http", value), reason=_reason(request), trace=_trace(request)
            )
            await serving.storage.write_outputs(function, outcome, data)
        except WorkerGone:
            return web.Response(status=502)
        except (FunctionFailed, FunctionTimedOut, OutputFailed):
            return web.Response(status=500)
        return response(function, outcome)


def _reason(request: web.Request) -> str:
    return f"This function was programmatically called via the host APIs: {request.method} {request.path}"


def _trace(request: web.Request) -> Trace:
    return Trace.of(request.headers.get("traceparent"), request.headers.get("tracestate"))
