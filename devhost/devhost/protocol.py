"""What the host and a worker process say to each other: pickled messages with a length in front."""

import asyncio
import pickle
import struct
from dataclasses import dataclass, field
from typing import Any

type TypedValue = tuple[str, Any]
"""A kind (string, bytes, json, int, double, http) and the value of that kind."""

_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class HttpRequestValue:
    method: str
    url: str
    headers: dict[str, str]
    params: dict[str, str]
    query: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpResponseValue:
    status: int
    headers: dict[str, str]
    cookies: tuple[str, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Invocation:
    invocation_id: str
    function_id: str
    inputs: tuple[tuple[str, TypedValue], ...]
    metadata: dict[str, TypedValue]
    trace_parent: str
    trace_state: str
    retry_count: int = 0
    max_retry_count: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    error_type: str
    message: str
    stack: str

    def __str__(self) -> str:
        return f"{self.error_type}: {self.message}" if self.error_type else self.message


@dataclass(frozen=True, slots=True)
class Outcome:
    invocation_id: str
    failure: Failure | None = None
    return_value: TypedValue | None = None
    outputs: tuple[tuple[str, TypedValue], ...] = ()


@dataclass(frozen=True, slots=True)
class Retry:
    """A function's own retry policy; the delay grows towards `longest_s` when it is above `delay_s`."""

    max_retry_count: int
    delay_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class FunctionRecord:
    name: str
    function_id: str
    raw_bindings: tuple[str, ...]
    retry: Retry | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    functions: tuple[FunctionRecord, ...]
    http_uri: str | None


@dataclass(frozen=True, slots=True)
class LoadFailed:
    failure: Failure


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """The first message to a worker: what it loads and how much it logs."""

    app_folder: str
    log_levels: dict[str, str] = field(default_factory=dict[str, str])


def encode(message: object) -> bytes:
    body = pickle.dumps(message, protocol=5)
    return _LENGTH.pack(len(body)) + body


async def receive(reader: asyncio.StreamReader) -> Any:
    """The next message.

    Raises:
        asyncio.IncompleteReadError: the other side is gone.
    """
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    return pickle.loads(await reader.readexactly(length))
