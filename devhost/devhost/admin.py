"""The admin endpoints that Core Tools offer: state of the host, and running a function by hand."""

import asyncio
import contextlib
import json
import uuid
from typing import Any, cast

from aiohttp import web

from .errors import FunctionTimedOut, OutputFailed, WorkerGone
from .functions import Function
from .invocations import FunctionFailed, Invoker
from .serving import Serving
from .storage import Storage

_HOST_ID = uuid.uuid4().hex
_FAILURES = (FunctionFailed, FunctionTimedOut, OutputFailed, WorkerGone)


class Admin:
    """Answers for the version of the app that is served at the moment."""

    def __init__(self) -> None:
        self._serving: Serving | None = None
        self._started: set[asyncio.Task[Any]] = set()

    def serve(self, serving: Serving) -> None:
        self._serving = serving

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/admin/host/status", self._status),
            web.get("/admin/host/ping", self._ping),
            web.post("/admin/host/ping", self._ping),
            web.get("/admin/functions", self._list),
            web.post("/admin/functions/{name}", self._run),
        ]

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response({"id": _HOST_ID, "state": "Running", "version": "devhost", "platform": "local"})

    async def _ping(self, _request: web.Request) -> web.Response:
        return web.Response()

    async def _list(self, _request: web.Request) -> web.Response:
        assert self._serving
        return web.json_response(
            [
                {
                    "name": function.name,
                    "config": {"bindings": [binding.settings for binding in function.bindings]},
                }
                for function in self._serving.functions
            ]
        )

    async def _run(self, request: web.Request) -> web.Response:
        serving = self._serving
        assert serving
        name = request.match_info["name"].lower()
        function = next((function for function in serving.functions if function.name.lower() == name), None)
        if function is None:
            return web.Response(status=404)
        timer = next((timer for timer in serving.timers if timer.function is function), None)
        if timer:
            self._start(timer.fire(past_due=False, reason="This function was programmatically called"))
        elif function.trigger.type in ("queueTrigger", "activityTrigger"):
            text = await _input(request)
            self._start(_call(function, text, serving.invoker, serving.storage))
        else:
            return web.json_response({"error": f"'{function.trigger.type}' cannot be run by hand"}, status=400)
        return web.Response(status=202)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._started.add(task)
        task.add_done_callback(self._started.discard)


async def _call(function: Function, text: str, invoker: Invoker, storage: Storage) -> None:
    with contextlib.suppress(*_FAILURES):
        metadata = {"Id": str(uuid.uuid4()), "DequeueCount": 1}
        outcome = await invoker.invoke(
            function, ("string", text), reason="This function was programmatically called", metadata=metadata
        )
        await storage.write_outputs(function, outcome, {"queueTrigger": text})


async def _input(request: web.Request) -> str:
    """The `input` field of the body, as text."""
    try:
        body: object = await request.json()
    except ValueError:
        return ""
    given = cast(dict[str, object], body).get("input", "") if isinstance(body, dict) else ""
    return given if isinstance(given, str) else json.dumps(given)
