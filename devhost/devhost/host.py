"""The host: puts services, workers, doors and one version of the app together, and takes them apart."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from . import console
from .config import AppSettings, HostConfig, read_host_config, read_settings
from .data_lock import lock_data
from .durable_client import DurableClientBinding
from .errors import HostError
from .functions import Function, read_functions
from .services import AZURITE_MISSING, REDIS_MISSING, Services
from .worker_pool import WorkerPlan, WorkerPool, WorkerProcess

if TYPE_CHECKING:
    from .doors import Doors
    from .serving import Serving

logger = logging.getLogger(__name__)

_DRAIN_S = 10.0
_SETTLE_S = 5.0
"""For storage that is gone: a message that cannot be deleted comes back when its lease is over."""
_DEVELOPMENT_STORAGE = ("", "UseDevelopmentStorage=true")


class Host:
    """One function app, from start to stop."""

    def __init__(self, app_folder: Path, data_folder: Path, port: int) -> None:
        self._app_folder = app_folder
        self._data_folder = data_folder
        self._socket = _listen(port)
        self.origin = f"http://localhost:{self._socket.getsockname()[1]}"
        self._services = Services(app_folder, data_folder)
        self._service_settings: dict[str, str] = {}
        self._lock: TextIO | None = None
        self._pool: WorkerPool | None = None
        self._doors: Doors | None = None
        self._grpc_address = ""
        self._serving: Serving | None = None

    async def start(self) -> None:
        """Start everything; returns when the host answers.

        Raises:
            HostError: the app cannot be run.
        """
        settings, config = self._read_configuration()
        self._lock = await lock_data(self._data_folder)
        # In this thread, because the kernel ends the services when the thread that started them ends.
        self._service_settings = self._services.start(settings.values)
        if "REDIS_URL" not in self._service_settings and not settings.values.get("REDIS_URL"):
            logger.warning(REDIS_MISSING)
        settings = self._with_services(settings)
        self._pool = WorkerPool(_worker_count(settings))
        loading = asyncio.create_task(self._pool.load(self._plan(settings, config)))
        # The workers import the app while this process imports what it serves it with.
        await asyncio.sleep(0)
        doors = await self._open_backend()
        await self._services.wait_until_ready("redis")
        serving = await self._put_into_service(await loading, settings, config)
        await doors.open(self._socket, config)
        serving.listen()
        self._services.start_storage()

    async def reload(self) -> None:
        """Load the app anew; when it does not load, what ran before goes on.

        Raises:
            HostError: the app does not load.
        """
        assert self._pool
        settings, config = self._read_configuration()
        settings = self._with_services(settings)
        workers = await self._pool.load(self._plan(settings, config))
        former = self._serving
        serving = await self._put_into_service(workers, settings, config)
        if former:
            former.stop_listening()
        serving.listen()
        if former:
            await former.end()

    def _read_configuration(self) -> tuple[AppSettings, HostConfig]:
        settings = read_settings(self._app_folder)
        config = read_host_config(self._app_folder, settings)
        console.start(config.log_levels)
        return settings, config

    def _with_services(self, settings: AppSettings) -> AppSettings:
        return AppSettings({**settings.values, **self._service_settings})

    async def _open_backend(self) -> "Doors":
        from .doors import Doors

        self._doors = Doors(self._data_folder)
        self._grpc_address = await self._doors.open_backend()
        return self._doors

    async def _put_into_service(
        self, workers: list[WorkerProcess], settings: AppSettings, config: HostConfig
    ) -> "Serving":
        """Have fresh workers take over, provided that their app can be served."""
        from .serving import Serving

        assert self._pool
        assert self._doors
        loaded = workers[0].loaded
        assert loaded
        try:
            functions = read_functions(loaded.functions, settings)
            await self._wait_for_storage(functions, settings)
            client = DurableClientBinding(self.origin, self._grpc_address, config.hub_name)
            status_folder = self._data_folder / "timers"
            serving = Serving(functions, self._pool, settings, config, client, status_folder)
        except HostError:
            for worker in workers:
                worker.kill()
            raise
        self._pool.adopt(workers, self._plan(settings, config))
        self._doors.serve(serving, config)
        self._serving = serving
        self._list_functions(functions, config)
        return serving

    async def _wait_for_storage(self, functions: list[Function], settings: AppSettings) -> None:
        connections = {connection for function in functions for connection in function.storage_connections}
        if not connections:
            return
        if settings.values.get("AzureWebJobsStorage", "") in _DEVELOPMENT_STORAGE:
            raise HostError(AZURITE_MISSING)
        for connection in connections:
            settings.connection_string(connection)
        self._services.start_storage()
        await self._services.wait_until_ready("azurite")

    def _plan(self, settings: AppSettings, config: HostConfig) -> WorkerPlan:
        environment = {
            "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
            **settings.values,
            "AzureWebJobsScriptRoot": str(self._app_folder),
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "WEBSITE_HOSTNAME": self.origin.removeprefix("http://"),
        }
        return WorkerPlan(self._app_folder, environment, config.log_levels)

    def _list_functions(self, functions: list[Function], config: HostConfig) -> None:
        if not functions:
            logger.warning("No functions were found in %s.", self._app_folder)
            return
        lines = ["", "Functions:", ""]
        for function in functions:
            where = function.trigger.type
            if where == "httpTrigger":
                methods = f"[{','.join(function.methods)}] " if function.methods else ""
                where = f"{methods}{self.origin}/{function.route(config.route_prefix)}"
            lines += [f"\t{function.name}: {where}", ""]
        print("\n".join(lines), flush=True)

    async def stop(self) -> None:
        """Take no more work, let what runs finish for a while, and end what was started here."""
        if self._serving:
            self._serving.stop_listening()
        if self._doors:
            await self._doors.close()
        if self._serving and not await self._serving.invoker.drain(_DRAIN_S):
            logger.warning("Invocations that still run are cut off.")
        if self._pool:
            await self._pool.stop()
        await _in_turn(
            self._serving.end(_SETTLE_S) if self._serving else None,
            self._doors.close_backend() if self._doors else None,
            asyncio.to_thread(self._services.stop),
        )
        self._socket.close()
        if self._lock:
            self._lock.close()


async def _in_turn(*steps: Awaitable[None] | None) -> None:
    """Carry out all steps, also when one of them fails; the first failure is raised at the end."""
    async with contextlib.AsyncExitStack() as stack:
        for step in reversed([step for step in steps if step is not None]):
            stack.push_async_callback(_await, step)


async def _await(step: Awaitable[None]) -> None:
    await step


def _worker_count(settings: AppSettings) -> int:
    text = settings.values.get("FUNCTIONS_WORKER_PROCESS_COUNT", "1")
    if not text.isdigit() or not 1 <= int(text) <= 10:
        raise HostError(f"FUNCTIONS_WORKER_PROCESS_COUNT is '{text}', it must be a number from 1 to 10")
    return int(text)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise HostError(f"port {port} is in use; choose another one with --port") from None
    return listener
