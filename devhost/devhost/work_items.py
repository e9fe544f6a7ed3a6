"""Feeds durable work to functions: pulled from the backend in one thread a kind, run like any invocation."""

import asyncio
import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue

from .backend import DurableBackend, Ending, Kind, WorkItem
from .config import HostConfig
from .durable_events import failure
from .errors import FunctionTimedOut, OutputFailed, WorkerGone
from .expressions import trigger_data
from .functions import Function
from .invocations import FunctionFailed, Trace
from .serving import Serving

logger = logging.getLogger(__name__)

_TRIGGERS: dict[str, Kind] = {
    "orchestrationTrigger": "orchestration",
    "activityTrigger": "activity",
    "entityTrigger": "entity",
}
_PULL_S = 0.5
_LARGEST_COMMIT = 100


class WorkItemFeeder:
    """Keeps each kind of durable function busy up to its own limit, so that none starves another."""

    def __init__(self, backend: DurableBackend) -> None:
        self._backend = backend
        self._functions: Mapping[tuple[Kind, str], Function] = {}
        self._serving: Serving | None = None
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._slots: dict[Kind, threading.Semaphore] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._recorder = Recorder(backend)

    def serve(self, serving: Serving) -> None:
        """Run the functions of this version of the app from now on."""
        self._serving = serving
        self._functions = {
            (_TRIGGERS[function.trigger.type], function.durable_name.lower()): function
            for function in serving.functions
            if function.trigger.type in _TRIGGERS
        }

    def orchestrators(self) -> list[str]:
        """The names under which orchestrations may be started."""
        return [function.durable_name for (kind, _), function in self._functions.items() if kind == "orchestration"]

    def start(self, config: HostConfig) -> None:
        """Begin to pull work."""
        loop = asyncio.get_running_loop()
        limits: dict[Kind, int] = {
            "orchestration": config.max_orchestrations,
            "activity": config.max_activities,
            "entity": config.max_entities,
        }
        for kind, limit in limits.items():
            self._slots[kind] = threading.Semaphore(limit)
            thread = threading.Thread(target=self._pull, args=(kind, loop), name=f"durable-{kind}", daemon=True)
            self._threads.append(thread)
            thread.start()

    async def stop(self) -> None:
        """Pull no more; what runs is left to `settle`."""
        self._stopping.set()
        for thread in self._threads:
            await asyncio.to_thread(thread.join, 4 * _PULL_S)

    async def settle(self) -> None:
        """Wait until what runs is recorded; the workers must be drained or ended first."""
        if self._running:
            await asyncio.wait(self._running)
        await asyncio.to_thread(self._recorder.close)

    def _pull(self, kind: Kind, loop: asyncio.AbstractEventLoop) -> None:
        slots = self._slots[kind]
        while not self._stopping.is_set():
            if not slots.acquire(timeout=_PULL_S):
                continue
            item = self._backend.next_work((kind,), _PULL_S)
            if item is None:
                slots.release()
            else:
                loop.call_soon_threadsafe(self._begin, item)

    def _begin(self, item: WorkItem) -> None:
        task = asyncio.get_running_loop().create_task(self._run(item))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, item: WorkItem) -> None:
        try:
            await self._run_and_record(item)
        finally:
            self._slots[item.kind].release()

    async def _run_and_record(self, item: WorkItem) -> None:
        function = self._functions.get((item.kind, item.name.lower()))
        if function is None or self._serving is None:
            message = f"The function '{item.name}' doesn't exist, is disabled, or is not an {item.kind} function"
            await self._recorder.record(Ending(item, failure=failure("ArgumentException", message)))
            return
        serving = self._serving
        try:
            outcome = await serving.invoker.invoke(
                function,
                ("string", item.payload),
                reason=f"{item.kind} of instance {item.instance_id}",
                trace=Trace.of(item.trace_parent, item.trace_state),
            )
            if outcome.outputs:
                await serving.storage.write_outputs(function, outcome, trigger_data({}, item.payload))
        except FunctionFailed as error:
            told = error.failure
            ending = Ending(item, failure=failure(told.error_type, told.message, told.stack))
        except (FunctionTimedOut, OutputFailed) as error:
            ending = Ending(item, failure=failure(type(error).__name__, str(error)))
        except WorkerGone:
            self._backend.abandon(item)
            return
        else:
            result = None if outcome.return_value is None else str(outcome.return_value[1])
            ending = Ending(item, result)
        await self._recorder.record(ending)


class Recorder:
    """Records in a thread of its own how work ended: what comes during one commit goes into the next, all together."""

    def __init__(self, backend: DurableBackend) -> None:
        self._backend = backend
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: SimpleQueue[tuple[Ending, asyncio.Future[None]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="durable-record", daemon=True)

    async def record(self, ending: Ending) -> None:
        """Returns when it is in the file. Raises what kept it from being recorded: then it is handed out again."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._thread.start()
        recorded = self._loop.create_future()
        self._ended.put((ending, recorded))
        await recorded

    def close(self) -> None:
        """Record what has ended and end the thread."""
        if self._loop is not None:
            self._ended.put(None)
            self._thread.join()

    def _run(self) -> None:
        assert self._loop is not None
        while (first := self._ended.get()) is not None:
            batch = [first]
            with suppress(Empty):
                while len(batch) < _LARGEST_COMMIT:
                    if (more := self._ended.get_nowait()) is None:
                        self._ended.put(None)
                        break
                    batch.append(more)
            problem = self._commit([ending for ending, _ in batch])
            with suppress(RuntimeError):  # the loop has been closed: nobody waits any more
                self._loop.call_soon_threadsafe(_tell, [recorded for _, recorded in batch], problem)

    def _commit(self, endings: list[Ending]) -> Exception | None:
        try:
            self._backend.settle(endings)
        except Exception as error:
            logger.exception("What functions returned could not be recorded; they are run again.")
            return error
        return None


def _tell(waiting: list[asyncio.Future[None]], problem: Exception | None) -> None:
    for recorded in waiting:
        if recorded.done():
            continue
        if problem is None:
            recorded.set_result(None)
        else:
            recorded.set_exception(problem)
