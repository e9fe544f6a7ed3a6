"""A worker for tests: runs real orchestrators, activities and entities against a DurableBackend."""

import json
import threading
import time
import traceback
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from azure.durable_functions.client import SyncDurableFunctionsClient
from azure.durable_functions.worker import DurableFunctionsWorker
from azure.functions._durable_functions import df_dumps, df_loads

from devhost.backend import DurableBackend, Ending, Kind, WorkItem
from devhost.durable_events import failure

Function = Callable[..., Any]
Steps = Generator[Any, Any, Any]


class App:
    """Functions by name, as an app would register them."""

    def __init__(self) -> None:
        self.orchestrators: dict[str, Function] = {}
        self.activities: dict[str, Function] = {}
        self.entities: dict[str, Function] = {}

    def orchestrator(self, function: Function) -> Function:
        self.orchestrators[function.__name__] = function
        return function

    def activity(self, function: Function) -> Function:
        self.activities[function.__name__] = function
        return function

    def entity(self, function: Function) -> Function:
        self.entities[function.__name__.lower()] = function
        return function


class Worker:
    """Threads that pull work items and execute them with the real Durable Functions worker library."""

    def __init__(self, backend: DurableBackend, app: App, activity_threads: int = 4) -> None:
        self._backend, self._app = backend, app
        self._library = DurableFunctionsWorker()
        self._stopping = threading.Event()
        self.errors: list[BaseException] = []
        loops: list[Kind] = ["orchestration", "orchestration", "entity"]
        loops.extend("activity" for _ in range(activity_threads))
        self._threads = [threading.Thread(target=self._run, args=([kind],), daemon=True) for kind in loops]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _run(self, kinds: Collection[Kind]) -> None:
        while not self._stopping.is_set():
            item = self._backend.next_work(kinds, timeout_s=0.1)
            if item is not None:
                self.execute(item)

    def execute(self, item: WorkItem) -> None:
        """Run one work item's function and report its outcome."""
        try:
            result = self.invoke(item)
        except Exception as error:  # noqa: BLE001 - whatever the function raises is its outcome
            name = f"{type(error).__module__}.{type(error).__qualname__}"
            stack = "".join(traceback.format_tb(error.__traceback__))
            self._backend.settle([Ending(item, failure=failure(name, str(error), stack))])
        else:
            self._backend.settle([Ending(item, result)])

    def invoke(self, item: WorkItem) -> str:
        """Run one work item's function and return what the backend is to be told."""
        if item.kind == "orchestration":
            return self._library.execute_orchestration_request(self._app.orchestrators[item.name], item.payload)
        if item.kind == "entity":
            return self._library.execute_entity_batch_request(self._app.entities[item.name], item.payload)
        return df_dumps(self._app.activities[item.name](df_loads(item.payload)))


@contextmanager
def running_backend(database: Path) -> Generator[tuple[DurableBackend, SyncDurableFunctionsClient]]:
    """A started backend on a database file, with a real client connected to it."""
    backend = DurableBackend(database)
    address = backend.start()
    client = connect(address)
    try:
        yield backend, client
    finally:
        client.close()
        backend.stop()


def connect(address: str) -> SyncDurableFunctionsClient:
    """Connect the client that a durable client binding would give."""
    return SyncDurableFunctionsClient(
        json.dumps(
            {
                "taskHubName": "tests",
                "rpcBaseUrl": f"http://{address}",
                "maxGrpcMessageSizeInBytes": 64 * 1024 * 1024,
            }
        )
    )


def eventually(condition: Callable[[], Any], within_s: float = 20.0) -> Any:
    """Return the first true value of a condition; fail the test if there is none in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("what was waited for did not happen in time")
