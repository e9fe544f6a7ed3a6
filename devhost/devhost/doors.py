"""What the outside reaches of the host: its HTTP side, and the durable backend with its work."""

import asyncio
import socket
from pathlib import Path

from aiohttp import web

from .admin import Admin
from .backend import DurableBackend
from .config import HostConfig
from .durable_http import routes as durable_routes
from .http_front import HttpFront
from .serving import Serving
from .work_items import WorkItemFeeder

_LAST_ANSWERS_S = 10.0


class Doors:
    """Opened once for a host; `serve` says for which version of the app they are open."""

    def __init__(self, data_folder: Path) -> None:
        self._backend = DurableBackend(data_folder / "durable.db")
        self._feeder = WorkItemFeeder(self._backend)
        self._front = HttpFront()
        self._admin = Admin()
        self._runner: web.AppRunner | None = None
        self._is_backend_open = False

    async def open_backend(self) -> str:
        """Recover what was in flight; return the address for durable clients."""
        address = await asyncio.to_thread(self._backend.start)
        self._is_backend_open = True
        return address

    def serve(self, serving: Serving, config: HostConfig) -> None:
        self._backend.use_versions(config.versions)
        self._front.serve(serving)
        self._admin.serve(serving)
        self._feeder.serve(serving)

    async def open(self, listener: socket.socket, config: HostConfig) -> None:
        """Answer requests and run durable work from now on."""
        routes = [*durable_routes(self._backend, self._feeder.orchestrators), *self._admin.routes()]
        self._runner = web.AppRunner(self._front.application(routes), access_log=None, shutdown_timeout=_LAST_ANSWERS_S)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        self._feeder.start(config)

    async def close(self) -> None:
        """Take no more requests and no more durable work; answers that are due are still given."""
        if self._runner:
            await self._runner.cleanup()
        await self._feeder.stop()

    async def close_backend(self) -> None:
        """Record what has come back; the workers must have ended."""
        await self._feeder.settle()
        if self._is_backend_open:
            await asyncio.to_thread(self._backend.stop)
