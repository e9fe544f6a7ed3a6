"""The host: puts services, backend, workers, listeners and HTTP front together, and takes them apart."""

import asyncio
import contextlib
import fcntl
import logging
import os
import socket
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from aiohttp import web

from . import console
from .admin import Admin
from .backend import DurableBackend
from .config import AppSettings, HostConfig, read_host_config, read_settings
from .durable_client import DurableClientBinding
from .durable_http import routes as durable_routes
from .errors import HostError
from .functions import Function, read_functions
from .http_front import HttpFront, methods_of, route_of
from .invocations import Invoker
from .queue_trigger import QueueListener
from .services import AZURITE_MISSING, REDIS_MISSING, Services
from .storage import Storage
from .timer_trigger import TimerListener
from .work_items import WorkItemFeeder
from .worker_pool import WorkerPlan, WorkerPool

logger = logging.getLogger(__name__)

_DRAIN_S = 10.0


@dataclass(slots=True)
class Running:
    """What serves one loaded version of the app."""

    functions: list[Function]
    invoker: Invoker
    storage: Storage
    timers: list[TimerListener]
    queues: list[QueueListener]
    tasks: list[asyncio.Task[None]]


class Host:
    """One function app, from start to stop."""

    def __init__(self, app_folder: Path, data_folder: Path, port: int) -> None:
        self._app_folder = app_folder
        self._data_folder = data_folder
        self._socket = _listen(port)
        self.origin = f"http://localhost:{self._socket.getsockname()[1]}"
        self._lock: TextIO | None = None
        self._services = Services(app_folder, data_folder)
        self._service_settings: dict[str, str] = {}
        self._backend = DurableBackend(data_folder / "durable.db")
        self._grpc_address: str | None = None
        self._feeder = WorkItemFeeder(self._backend)
        self._pool: WorkerPool | None = None
        self._front: HttpFront | None = None
        self._runner: web.AppRunner | None = None
        self._running: Running | None = None

    async def start(self) -> None:
        """Start everything; returns when the host answers.

        Raises:
            HostError: the app cannot be run.
        """
        settings = read_settings(self._app_folder)
        config = read_host_config(self._app_folder, settings)
        console.start(config.log_levels)
        self._lock = await _lock_data(self._data_folder)
        # In this thread, because the kernel ends the services when the thread that started them ends.
        self._service_settings = self._services.start(settings.values)
        if "REDIS_URL" not in self._service_settings and not settings.values.get("REDIS_URL"):
            logger.warning(REDIS_MISSING)
        self._pool = WorkerPool(_worker_count(settings))
        backend = asyncio.to_thread(self._backend.start)
        async with _together(backend, self._services.wait_until_ready("redis")) as starting:
            running = await self._load(settings, config, starting)
        await self._serve_http()
        self._begin(running)
        self._feeder.start(config)

    async def reload(self) -> None:
        """Load the app anew; when it does not load, what ran before goes on.

        Raises:
            HostError: the app does not load.
        """
        settings = read_settings(self._app_folder)
        config = read_host_config(self._app_folder, settings)
        console.start(config.log_levels)
        running = await self._load(settings, config, None)
        former = self._running
        self._begin(running)
        if former:
            await _end_listeners(former)
            await former.storage.close()

    async def _load(
        self, settings: AppSettings, config: HostConfig, starting: "asyncio.Future[Any] | None"
    ) -> Running:
        assert self._pool
        settings = AppSettings({**settings.values, **self._service_settings})
        plan = WorkerPlan(self._app_folder, self._worker_environment(settings), config.log_levels)
        loaded = await self._pool.start(plan)
        if starting:
            self._grpc_address = (await starting)[0]
        assert self._grpc_address
        functions = read_functions(loaded.functions, settings)
        if not functions:
            logger.warning("No functions were found in %s.", self._app_folder)
        await self._wait_for_storage(functions, settings)
        client = DurableClientBinding(self.origin, self._grpc_address, config.hub_name)
        invoker = Invoker(self._pool, config.function_timeout, client)
        storage = Storage(settings, config.queues)
        self._front = self._front or HttpFront()
        self._front.serve(functions, invoker, storage, config.route_prefix)
        self._feeder.serve(functions, invoker, storage)
        self._list_functions(functions, config)
        timers = [
            TimerListener(function, invoker, storage, self._data_folder / "timers")
            for function in functions
            if function.trigger.type == "timerTrigger"
        ]
        queues = [
            QueueListener(function, storage, invoker, config.queues)
            for function in functions
            if function.trigger.type == "queueTrigger"
        ]
        return Running(functions, invoker, storage, timers, queues, [])

    def _begin(self, running: Running) -> None:
        self._running = running
        running.tasks = [
            asyncio.create_task(listener.run()) for listener in (*running.timers, *running.queues)
        ]

    async def _wait_for_storage(self, functions: list[Function], settings: AppSettings) -> None:
        connections = {connection for function in functions for connection in function.storage_connections}
        if not connections:
            return
        if settings.values.get("AzureWebJobsStorage", "") in ("", "UseDevelopmentStorage=true"):
            raise HostError(AZURITE_MISSING)
        for connection in connections:
            settings.connection_string(connection)
        await self._services.wait_until_ready("azurite")

    async def _serve_http(self) -> None:
        assert self._front
        routes = [
            *durable_routes(self._backend, self._feeder.orchestrators),
            *Admin(self._what_runs).routes(),
        ]
        self._runner = web.AppRunner(
            self._front.application(routes), access_log=None, shutdown_timeout=_DRAIN_S
        )
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    def _what_runs(self) -> tuple[list[Function], list[TimerListener], Invoker, Storage]:
        assert self._running
        return self._running.functions, self._running.timers, self._running.invoker, self._running.storage

    def _worker_environment(self, settings: AppSettings) -> dict[str, str]:
        return {
            "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
            **settings.values,
            "AzureWebJobsScriptRoot": str(self._app_folder),
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "WEBSITE_HOSTNAME": self.origin.removeprefix("http://"),
        }

    def _list_functions(self, functions: list[Function], config: HostConfig) -> None:
        print("\nFunctions:\n")
        for function in functions:
            if function.trigger.type == "httpTrigger":
                methods = ",".join(methods_of(function))
                route = f"{self.origin}/{route_of(function, config.route_prefix)}"
                print(f"\t{function.name}: {f'[{methods}] ' if methods else ''}{route}\n")
            else:
                print(f"\t{function.name}: {function.trigger.type}\n", flush=True)

    async def stop(self) -> None:
        """Take no more work, let what runs finish for a while, and end what was started here."""
        if self._running:
            for task in self._running.tasks:
                task.cancel()
        if self._runner:
            await self._runner.cleanup()
        self._socket.close()
        if self._running:
            await self._feeder.stop()
            if not await self._running.invoker.drain(_DRAIN_S):
                logger.warning("Invocations that still run are cut off.")
        if self._pool:
            await self._pool.stop()
        if self._running:
            await _end_listeners(self._running)
            await self._running.storage.close()
        await self._feeder.settle()
        if self._grpc_address:
            await asyncio.to_thread(self._backend.stop)
        await asyncio.to_thread(self._services.stop)
        if self._lock:
            self._lock.close()


@contextlib.asynccontextmanager
async def _together(*work: Coroutine[Any, Any, Any]):
    """Work that goes on beside the body; its results are a future, and none of it is left behind."""
    gathered = asyncio.gather(*work)
    try:
        yield gathered
        await gathered
    except BaseException:
        with contextlib.suppress(Exception):
            await gathered
        raise


async def _end_listeners(running: Running) -> None:
    for task in running.tasks:
        task.cancel()
    if running.tasks:
        await asyncio.wait(running.tasks)
    for listener in (*running.timers, *running.queues):
        await listener.settle()


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


async def _lock_data(data_folder: Path, patience_s: float = 5.0) -> TextIO:
    """Hold the data folder for this host alone; the lock ends with the process, however it ends."""
    lock = _lock_file(data_folder)
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                raise HostError(f"another devhost runs on {data_folder}") from None
            await asyncio.sleep(0.1)
        else:
            lock.write(str(os.getpid()))
            lock.flush()
            return lock


def _lock_file(data_folder: Path) -> TextIO:
    data_folder.mkdir(parents=True, exist_ok=True)
    return (data_folder / "lock").open("w")
