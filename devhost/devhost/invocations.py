"""Runs functions on workers: one log line before, one after, a time limit, and the trace they belong to."""

import asyncio
import json
import logging
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .errors import FunctionTimedOut, WorkerGone
from .functions import Function
from .protocol import Failure, Invocation, Outcome, TypedValue
from .worker_pool import WorkerPool, WorkerProcess

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trace:
    """W3C trace context that an invocation runs under."""

    parent: str
    state: str = ""

    @classmethod
    def of(cls, parent: str | None, state: str | None = None) -> "Trace":
        """The given context, or the start of a new trace."""
        return cls(parent, state or "") if parent else cls(f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01")


class FunctionFailed(Exception):
    """The function raised."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


class Invoker:
    """Sends invocations to the pool and keeps count of those that run."""

    def __init__(
        self, pool: WorkerPool, time_limit: timedelta | None, durable_client: Callable[[Function], str]
    ) -> None:
        self._pool = pool
        self._durable_client = durable_client
        self.time_limit = time_limit
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def invoke(
        self,
        function: Function,
        value: TypedValue,
        *,
        reason: str,
        metadata: Mapping[str, Any] | None = None,
        trace: Trace | None = None,
        retry: tuple[int, int] = (0, 0),
        invocation_id: str | None = None,
        worker: WorkerProcess | None = None,
    ) -> Outcome:
        """Run `function` with `value` for its trigger; `retry` is (this retry, the most there may be).

        Raises:
            FunctionFailed: the function raised.
            FunctionTimedOut: it took longer than functionTimeout; its worker is ended, as Azure does.
            WorkerGone: its worker ended.
        """
        context = trace or Trace.of(None)
        invocation = Invocation(
            invocation_id=invocation_id or str(uuid.uuid4()),
            function_id=function.function_id,
            inputs=(
                (function.trigger.name, value),
                *((client.name, ("string", self._durable_client(function))) for client in function.durable_clients),
            ),
            metadata={name: ("json", json.dumps(item)) for name, item in (metadata or {}).items()},
            trace_parent=context.parent,
            trace_state=context.state,
            retry_count=retry[0],
            max_retry_count=retry[1],
        )
        category = {"category": f"Function.{function.name}"}
        name, number = function.name, invocation.invocation_id
        logger.info("Executing 'Functions.%s' (Reason='%s', Id=%s)", name, reason, number, extra=category)
        started = time.perf_counter()
        try:
            outcome = await self._run(function, invocation, worker)
        except (FunctionFailed, FunctionTimedOut, WorkerGone) as error:
            took_ms = round((time.perf_counter() - started) * 1000)
            text = f"{error}\n{error.failure.stack}".rstrip() if isinstance(error, FunctionFailed) else str(error)
            logger.error(
                "Executed 'Functions.%s' (Failed, Id=%s, Duration=%dms)\n%s",
                name,
                number,
                took_ms,
                text,
                extra=category,
            )
            raise
        took_ms = round((time.perf_counter() - started) * 1000)
        logger.info("Executed 'Functions.%s' (Succeeded, Id=%s, Duration=%dms)", name, number, took_ms, extra=category)
        return outcome

    async def _run(self, function: Function, invocation: Invocation, worker: WorkerProcess | None) -> Outcome:
        self._running += 1
        self._idle.clear()
        try:
            chosen = worker or await self._pool.acquire()
            limit = self.time_limit
            async with asyncio.timeout(limit.total_seconds() if limit else None):
                outcome = await chosen.invoke(invocation)
        except TimeoutError:
            chosen.kill()  # pyright: ignore[reportPossiblyUnboundVariable]
            raise FunctionTimedOut(f"Timeout value of {self.time_limit} exceeded by {function.name}") from None
        except WorkerGone:
            raise WorkerGone(f"the worker process ended while it ran {function.name}") from None
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()
        if outcome.failure:
            raise FunctionFailed(outcome.failure)
        return outcome

    async def acquire_worker(self) -> WorkerProcess:
        return await self._pool.acquire()

    async def drain(self, patience_s: float) -> bool:
        """Wait until nothing runs any more; False when something still did after `patience_s`."""
        try:
            await asyncio.wait_for(self._idle.wait(), patience_s)
        except TimeoutError:
            return False
        return True
