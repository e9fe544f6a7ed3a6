"""Worker processes: started, fed with the least busy first, and started again when they die."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import HostError, WorkerGone
from .protocol import Invocation, Loaded, LoadFailed, Outcome, WorkerSettings, encode, receive

logger = logging.getLogger(__name__)

_LOAD_PATIENCE_S = 120.0
_WAIT_FOR_WORKER_S = 30.0
_LONGEST_RESTART_DELAY_S = 10.0


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """How a worker process is started."""

    app_folder: Path
    environment: Mapping[str, str]
    log_levels: dict[str, str]


class WorkerProcess:
    """One worker process and what it is running."""

    def __init__(
        self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._pending: dict[str, asyncio.Future[Outcome]] = {}
        self._reading: asyncio.Task[None] | None = None
        self.gone = asyncio.Event()
        self.loaded: Loaded | None = None

    @classmethod
    async def start(cls, plan: WorkerPlan) -> "WorkerProcess":
        """Start a worker and have it load the app.

        Raises:
            HostError: the app does not load.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            # Forked by this thread: the kernel ends the worker with the thread that started it.
            process = subprocess.Popen(  # noqa: ASYNC220
                [sys.executable, "-P", "-m", "devhost.worker", str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                env=dict(plan.environment),
                cwd=plan.app_folder,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        reader, writer = await asyncio.open_connection(sock=ours)
        worker = cls(process, reader, writer)
        writer.write(encode(WorkerSettings(str(plan.app_folder), plan.log_levels)))
        try:
            worker.loaded = await worker._load()
        except BaseException:
            worker.kill()
            raise
        worker._reading = asyncio.create_task(worker._read())
        return worker

    async def _load(self) -> Loaded:
        try:
            answer: Loaded | LoadFailed = await asyncio.wait_for(receive(self._reader), _LOAD_PATIENCE_S)
        except TimeoutError:
            raise HostError(f"the app did not load within {_LOAD_PATIENCE_S:.0f} s") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise HostError("the worker process ended while it loaded the app") from None
        if isinstance(answer, LoadFailed):
            raise HostError(f"the app does not load: {answer.failure}\n{answer.failure.stack}".rstrip())
        return answer

    @property
    def load(self) -> int:
        return len(self._pending)

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run one invocation.

        Raises:
            WorkerGone: the process ended before it answered.
        """
        if self.gone.is_set():
            raise WorkerGone
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._pending[invocation.invocation_id] = answer
        self._writer.write(encode(invocation))
        try:
            return await answer
        finally:
            self._pending.pop(invocation.invocation_id, None)

    async def _read(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                outcome: Outcome = await receive(self._reader)
                answer = self._pending.get(outcome.invocation_id)
                if answer and not answer.done():
                    answer.set_result(outcome)
        self.gone.set()
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(WorkerGone())
        self._writer.close()
        await asyncio.to_thread(self._process.wait)

    async def retire(self, patience_s: float = 30.0) -> None:
        """Let a worker that is sent nothing more finish what it runs, then end it."""
        if self._pending:
            await asyncio.wait(list(self._pending.values()), timeout=patience_s)
        await self.stop()

    def kill(self) -> None:
        """End the process at once."""
        self._process.send_signal(signal.SIGKILL)

    async def stop(self, patience_s: float = 3.0) -> None:
        """Hang up, which ends the process; kill it when it does not end."""
        self._writer.close()
        try:
            await asyncio.wait_for(asyncio.to_thread(self._process.wait, patience_s), patience_s + 1)
        except (subprocess.TimeoutExpired, TimeoutError):
            self.kill()
            await asyncio.to_thread(self._process.wait)


class WorkerPool:
    """A fixed number of workers that all run the same app."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._workers: list[WorkerProcess] = []
        self._keepers: set[asyncio.Task[None]] = set()
        self._available = asyncio.Event()

    async def load(self, plan: WorkerPlan) -> list[WorkerProcess]:
        """Start workers on `plan` that `adopt` may put into service.

        Raises:
            HostError: the app does not load.
        """
        started = await asyncio.gather(*(WorkerProcess.start(plan) for _ in range(self._count)), return_exceptions=True)
        fresh = [worker for worker in started if isinstance(worker, WorkerProcess)]
        failures = [failure for failure in started if isinstance(failure, BaseException)]
        if failures:
            for worker in fresh:
                worker.kill()
            raise failures[0]
        return fresh

    def adopt(self, fresh: list[WorkerProcess], plan: WorkerPlan) -> None:
        """Give all further work to these workers; those before them finish what they run and end."""
        former, self._workers = self._workers, []
        for keeper in self._keepers:
            keeper.cancel()
        self._keepers = {asyncio.create_task(worker.retire()) for worker in former}
        for worker in fresh:
            self._keep(worker, plan)

    async def acquire(self) -> WorkerProcess:
        """The least busy worker.

        Raises:
            WorkerGone: none came back in time.
        """
        try:
            await asyncio.wait_for(self._available.wait(), _WAIT_FOR_WORKER_S)
        except TimeoutError:
            raise WorkerGone from None
        return min(self._workers, key=lambda worker: worker.load)

    async def stop(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        workers, self._workers = self._workers, []
        self._available.clear()
        await asyncio.gather(*(worker.stop() for worker in workers))

    def _keep(self, worker: WorkerProcess, plan: WorkerPlan) -> None:
        self._workers.append(worker)
        self._available.set()
        self._keepers.add(asyncio.create_task(self._replace_when_gone(worker, plan)))

    async def _replace_when_gone(self, worker: WorkerProcess, plan: WorkerPlan) -> None:
        delay_s = 0.1
        while True:
            await worker.gone.wait()
            self._workers.remove(worker)
            if not self._workers:
                self._available.clear()
            logger.error("A worker process has ended; another one is started.")
            while True:
                try:
                    worker = await WorkerProcess.start(plan)
                    break
                except HostError as error:
                    logger.error("%s", error)
                    await asyncio.sleep(delay_s)
                    delay_s = min(2 * delay_s, _LONGEST_RESTART_DELAY_S)
            self._workers.append(worker)
            self._available.set()
