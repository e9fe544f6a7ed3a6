"""Streams requests to the HTTP server of a worker, when the app uses the HTTP streaming extension."""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp import web

from .errors import FunctionTimedOut, WorkerGone
from .http_values import HOP_BY_HOP
from .invocations import FunctionFailed
from .protocol import Outcome

_LISTEN_PATIENCE_S = 10.0


class WorkerProxy:
    """The invocation goes over the worker's socket as always; request and response bodies go past it."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def forward(
        self, request: web.Request, worker_uri: str, invoke: Callable[[str], Awaitable[Outcome]]
    ) -> web.StreamResponse:
        """Invoke with a new invocation id, and carry request and response in pieces as they come."""
        number = str(uuid.uuid4())
        run = asyncio.ensure_future(invoke(number))
        headers = [(name, text) for name, text in request.headers.items() if name.lower() not in HOP_BY_HOP]
        try:
            answer = await self._reach(request, worker_uri, [*headers, ("x-ms-invocation-id", number)])
        except aiohttp.ClientConnectorError:
            # The invocation waits for a request that will not come.
            run.cancel()
            return web.Response(status=502)
        try:
            async with answer:
                return await _relay(request, answer)
        except aiohttp.ClientConnectionError:
            return web.Response(status=502)
        finally:
            with contextlib.suppress(FunctionFailed, FunctionTimedOut, WorkerGone):
                await run

    async def _reach(
        self, request: web.Request, worker_uri: str, headers: list[tuple[str, str]]
    ) -> aiohttp.ClientResponse:
        """Send the request on; a worker says it is loaded a moment before its server listens."""
        deadline = asyncio.get_running_loop().time() + _LISTEN_PATIENCE_S
        while True:
            try:
                return await self._open_session().request(
                    request.method,
                    f"{worker_uri}{request.rel_url}",
                    headers=headers,
                    data=request.content if request.can_read_body else None,
                    allow_redirects=False,
                )
            except aiohttp.ClientConnectorError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.05)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None),
                connector=aiohttp.TCPConnector(limit=0),
            )
        return self._session

    async def close(self, _app: web.Application) -> None:
        if self._session:
            await self._session.close()


async def _relay(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status)
    for name, text in answer.headers.items():
        if name.lower() not in HOP_BY_HOP:
            response.headers.add(name, text)
    await response.prepare(request)
    async for chunk in answer.content.iter_any():
        await response.write(chunk)
    await response.write_eof()
    return response
