"""A worker process: loads the app with the worker library of Azure Functions and runs its functions."""

import asyncio
import atexit
import contextlib
import os
import signal
import socket
import sys
import traceback
from functools import partial
from types import SimpleNamespace
from typing import Any

from . import worker_logging
from .process import die_with
from .protocol import (
    Failure,
    FunctionRecord,
    Invocation,
    Loaded,
    LoadFailed,
    Outcome,
    Retry,
    WorkerSettings,
    encode,
    receive,
)
from .protos import PROTOS, Parameter, from_typed_data, to_typed_data


class Worker:
    """Answers the host over one socket; many invocations run side by side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._running: set[asyncio.Task[None]] = set()
        self._names: dict[str, str] = {}

    async def serve(self) -> None:
        """Load the app, then run what the host sends until it hangs up."""
        settings: WorkerSettings = await receive(self._reader)
        worker_logging.start(settings.log_levels)
        sys.path.append(settings.app_folder)
        self._send(await self._load(settings.app_folder))
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                invocation: Invocation = await receive(self._reader)
                task = asyncio.create_task(self._run(invocation))
                self._running.add(task)
                task.add_done_callback(partial(self._ended, invocation.invocation_id))

    def _ended(self, invocation_id: str, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        # What the library does not catch must still be answered, or the host would wait for ever.
        if not task.cancelled() and (error := task.exception()):
            stack = "".join(traceback.format_exception(error))
            self._send(Outcome(invocation_id, failure=Failure(type(error).__name__, str(error), stack)))

    def _send(self, message: object) -> None:
        if not self._writer.is_closing():
            self._writer.write(encode(message))

    async def _load(self, app_folder: str) -> Loaded | LoadFailed:
        runtime = _runtime()
        runtime.start_threadpool_executor()
        request = _request(worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=app_folder))
        answer = await runtime.worker_init_request(request)
        if answer.result.status != PROTOS.StatusResult.Success:
            return LoadFailed(_failure(answer.result.exception))
        metadata = await runtime.functions_metadata_request(request)
        functions = tuple(
            FunctionRecord(found.name, found.function_id, tuple(found.raw_bindings), _retry(found.retry_options))
            for found in metadata.function_metadata_results or ()
        )
        self._names = {function.function_id: function.name for function in functions}
        return Loaded(functions, answer.capabilities.get("HttpUri"))

    async def _run(self, invocation: Invocation) -> None:
        runtime = _runtime()
        with worker_logging.naming(invocation.invocation_id, self._names[invocation.function_id]):
            answer = await runtime.invocation_request(_request(invocation_request=_invocation_request(invocation)))
        if answer.result.status != PROTOS.StatusResult.Success:
            self._send(Outcome(invocation.invocation_id, failure=_failure(answer.result.exception)))
            return
        outputs = ((output.name, from_typed_data(output.data)) for output in answer.output_data)
        self._send(
            Outcome(
                invocation.invocation_id,
                return_value=from_typed_data(answer.return_value),
                outputs=tuple((name, value) for name, value in outputs if value is not None),
            )
        )


def _runtime() -> Any:
    """The worker library, imported once the log is set up and the app's folder is on the path."""
    import azure_functions_runtime

    return azure_functions_runtime


def _request(**content: Any) -> SimpleNamespace:
    return SimpleNamespace(request=SimpleNamespace(**content), properties={"host": "127.0.0.1", "protos": PROTOS})


def _invocation_request(invocation: Invocation) -> SimpleNamespace:
    return SimpleNamespace(
        invocation_id=invocation.invocation_id,
        function_id=invocation.function_id,
        input_data=[Parameter(name, to_typed_data(value)) for name, value in invocation.inputs],
        trigger_metadata={name: to_typed_data(value) for name, value in invocation.metadata.items()},
        trace_context=SimpleNamespace(
            trace_parent=invocation.trace_parent, trace_state=invocation.trace_state, attributes={}
        ),
        retry_context=SimpleNamespace(
            retry_count=invocation.retry_count, max_retry_count=invocation.max_retry_count, exception=None
        ),
    )


def _failure(exception: Any) -> Failure:
    error_type, _, message = exception.message.partition(": ")
    return Failure(error_type, message, exception.stack_trace)


def _retry(options: Any) -> Retry | None:
    if options is None:
        return None
    if options.retry_strategy == "fixed_delay":
        delay_s = options.delay_interval.total_seconds()
        return Retry(options.max_retry_count, delay_s, delay_s)
    return Retry(
        options.max_retry_count,
        options.minimum_interval.total_seconds(),
        options.maximum_interval.total_seconds(),
    )


async def _serve(descriptor: int) -> None:
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))
    await Worker(reader, writer).serve()


def main() -> None:
    descriptor, host_pid = int(sys.argv[1]), int(sys.argv[2])
    die_with(host_pid, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_serve(descriptor))
    # What the app registered for its end runs as in any process: exporters send what they still have. Handlers that
    # sit in threads are not waited for, they would keep the interpreter alive after the host has hung up.
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
