"""Log lines of a worker process, in the form and with the level filters of Azure Functions Core Tools."""

import contextlib
import logging
import sys
from collections.abc import Generator
from contextvars import ContextVar

from .console import ConsoleFormatter, LevelFilter

_function_name: ContextVar[str | None] = ContextVar("function_name", default=None)
_names_by_invocation: dict[str, str] = {}


class _FunctionFilter(logging.Filter):
    """Gives a record the category of the function that writes it, and drops what host.json silences."""

    def __init__(self, levels: dict[str, str]) -> None:
        super().__init__()
        self._levels = LevelFilter(levels)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("azure.functions") and record.levelno < logging.WARNING:
            return False
        name = _current_function()
        return self._levels.allows(f"Function.{name}.User" if name else "Host.Worker", record.levelno)


def start(levels: dict[str, str]) -> None:
    """Send everything that is logged in this process to standard output."""
    sys.stdout.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(ConsoleFormatter())
    handler.addFilter(_FunctionFilter(levels))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(LevelFilter(levels).lowest(), logging.INFO))


@contextlib.contextmanager
def naming(invocation_id: str, function_name: str) -> Generator[None]:
    """Let log records of this invocation, also those from its thread, carry the function's name."""
    token = _function_name.set(function_name)
    _names_by_invocation[invocation_id] = function_name
    try:
        yield
    finally:
        _function_name.reset(token)
        del _names_by_invocation[invocation_id]


def _current_function() -> str | None:
    from azure_functions_runtime import invocation_id_cv

    # Handlers that are plain functions run in a thread, where only the library's own variable is set.
    return _function_name.get() or _names_by_invocation.get(invocation_id_cv.get() or "")
