"""A model on the OpenAI wire that a whole desk talks to: it holds and fails on command, and knows who called."""

import json
import os
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.model_server import ANSWERS

MODEL = "wire-model"
PATIENCE_S = 30.0


@dataclass(slots=True)
class ModelWire:
    """`status` is what it answers with, once `gate` is open; `calls` are (answer type, process id)."""

    url: str = ""
    status: int = 200
    gate: threading.Event = field(default_factory=threading.Event)
    calls: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    def settings(self) -> dict[str, str]:
        """What makes a desk use it; the key is a placeholder that nothing checks."""
        return {
            "MODEL_PROVIDER": "openai", "OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": "unused", "OPENAI_MODEL": MODEL,
        }  # fmt: skip

    def asked(self, answer: str) -> int:
        """How many requests for this type of answer have reached it."""
        return sum(name == answer for name, _ in list(self.calls))

    @property
    def callers(self) -> set[int]:
        return {process for _, process in list(self.calls)}


@contextmanager
def model_wire() -> Generator[ModelWire]:
    wire = ModelWire()
    wire.gate.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = asked["response_format"]["json_schema"]["name"]
            wire.calls.append((name, _process_at(self.client_address[1])))
            status = wire.status
            wire.gate.wait(PATIENCE_S)
            body = json.dumps(_completion(name) if status == 200 else {"error": {"message": "no", "code": "error"}})
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the desk's own log is enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    wire.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()


def _completion(name: str) -> dict[str, object]:
    message = {"role": "assistant", "content": json.dumps(ANSWERS[name])}
    return {
        "id": "wire", "object": "chat.completion", "created": 0, "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }  # fmt: skip


def _process_at(port: int) -> int:
    """The process at the client's end of a connection, from what the kernel shows; 0 where it cannot be seen."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        columns = line.split()
        if columns[1].endswith(f":{port:04X}"):
            return _holder_of(f"socket:[{columns[9]}]")
    return 0


def _holder_of(socket: str) -> int:
    for process in (int(name) for name in os.listdir("/proc") if re.fullmatch(r"\d+", name)):
        try:
            held = [os.readlink(entry.path) for entry in os.scandir(f"/proc/{process}/fd")]
        except OSError:
            continue
        if socket in held:
            return process
    return 0
