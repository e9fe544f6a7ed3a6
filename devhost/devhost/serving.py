"""One loaded version of the app, from its settings to its listeners; a reload puts another in its place."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from .config import AppSettings, HostConfig
from .functions import Function
from .invocations import Invoker
from .queue_trigger import QueueListener
from .routes import Route, compile_route
from .storage import Storage
from .timer_trigger import TimerListener
from .worker_pool import WorkerPool


class Serving:
    """The functions of the app and what runs them.

    Raises:
        HostError: a schedule or a route cannot be read.
    """

    def __init__(
        self,
        functions: list[Function],
        pool: WorkerPool,
        settings: AppSettings,
        config: HostConfig,
        durable_client: Callable[[Function], str],
        status_folder: Path,
    ) -> None:
        self.functions = functions
        self.invoker = Invoker(pool, config.function_timeout, durable_client)
        self.storage = Storage(settings, config.queues)
        self.timers = [
            TimerListener(function, self.invoker, self.storage, status_folder)
            for function in functions
            if function.trigger.type == "timerTrigger"
        ]
        self._queues = [
            QueueListener(function, self.storage, self.invoker, config.queues)
            for function in functions
            if function.trigger.type == "queueTrigger"
        ]
        routes = [
            (compile_route(function.route(config.route_prefix)), function)
            for function in functions
            if function.trigger.type == "httpTrigger"
        ]
        self._routes = sorted(routes, key=lambda entry: entry[0].rank)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def routes(self) -> list[tuple[Route, Function]]:
        """HTTP functions, the more specific route first."""
        return self._routes

    def listen(self) -> None:
        """Begin with timers and queues."""
        listeners = (*self.timers, *self._queues)
        self._tasks = [asyncio.create_task(listener.run()) for listener in listeners]

    def stop_listening(self) -> None:
        """Take no more messages and fire no more timers; what is in hand goes on."""
        for task in self._tasks:
            task.cancel()

    async def end(self, patience_s: float | None = None) -> None:
        """Stop listening, wait for what is in hand, for ever or so long, let go of the storage."""
        self.stop_listening()
        if self._tasks:
            await asyncio.wait(self._tasks)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                for listener in (*self.timers, *self._queues):
                    await listener.settle()
        await self.storage.close()
