"""A model for a whole desk that holds its answers back on command, and knows which process asks."""

import asyncio
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from benchmarks.model_server import ANSWERS
from tests.stack.model import Model, serving

PATIENCE_S = 30.0


class GatedModel(Model):
    """Nothing is answered while `gate` is closed; `callers` are the processes that asked, in order."""

    def __init__(self) -> None:
        super().__init__(**ANSWERS)
        self.gate = threading.Event()
        self.gate.set()
        self.callers: list[int] = []

    async def complete(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        caller, here = (request.transport.get_extra_info(end)[1] for end in ("peername", "sockname"))
        self.callers.append(_process_at(caller, here))
        await asyncio.to_thread(self.gate.wait, PATIENCE_S)
        return await super().complete(request)


@contextmanager
def gated_model() -> Generator[GatedModel]:
    model = GatedModel()
    with serving(model):
        yield model


def _process_at(port: int, to: int) -> int:
    """The process at the client's end of a connection, from what the kernel shows; 0 where it cannot be seen.

    By both ends: a port of one side may also be in use for a connection to somewhere else.
    """
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        columns = line.split()
        if columns[1].endswith(f":{port:04X}") and columns[2].endswith(f":{to:04X}"):
            return _holder_of(f"socket:[{columns[9]}]")
    return 0


def _holder_of(socket: str) -> int:
    for process in (int(name) for name in os.listdir("/proc") if name.isdecimal()):
        try:
            held = [os.readlink(entry.path) for entry in os.scandir(f"/proc/{process}/fd")]
        except OSError:
            continue
        if socket in held:
            return process
    return 0
