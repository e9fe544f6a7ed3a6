"""Runs `devhost start` on copies of small function apps, as somebody at a terminal would."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "devhost"
APPS = Path(__file__).parent / "apps"
# The sources are tested, also where an older devhost is installed.
sys.path.insert(0, str(SOURCE))

START_PATIENCE_S = 60.0


@dataclass(slots=True)
class RunningHost:
    """One host process and the places it uses."""

    process: subprocess.Popen[bytes]
    url: str
    app: Path
    data: Path
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def wait_for_log(self, text: str, patience_s: float = 30.0) -> None:
        deadline = time.monotonic() + patience_s
        while text not in self.log:
            assert time.monotonic() < deadline, f"{text!r} is not in:\n{self.log}"
            assert self.process.poll() is None, self.log
            time.sleep(0.05)

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal, wait for the end, return the exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(40)


type StartHost = Callable[..., RunningHost]


def app_copy(name: str, folder: Path, settings: dict[str, str]) -> Path:
    """A copy of one of the apps with these settings in its local.settings.json."""
    app = folder / name
    shutil.copytree(APPS / name, app, ignore=shutil.ignore_patterns("local.settings.json", "__pycache__"))
    (app / "local.settings.json").write_text(json.dumps({"IsEncrypted": False, "Values": settings}))
    return app


def host_environment(**changes: str) -> dict[str, str]:
    """The environment of a laptop that has nothing configured."""
    kept = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "AzureWebJobsStorage")}
    azurite = REPOSITORY / ".local" / "azurite" / "node_modules" / ".bin" / "azurite"
    return {**kept, "PYTHONPATH": str(SOURCE), "DEVHOST_AZURITE": str(azurite), **changes}


def launch(app: Path, data: Path, arguments: tuple[str, ...] = (), **environment: str) -> RunningHost:
    """Start a host and return at once; `await_start` waits for it."""
    log_file = data.parent / f"{data.name}-{time.time_ns()}.log"
    data.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "devhost", "start", "--port", "0", "--data-dir", str(data), *arguments]
    with log_file.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=app, env=host_environment(**environment), stdout=output, stderr=subprocess.STDOUT
        )
    return RunningHost(process, "", app, data, log_file)


def await_start(host: RunningHost) -> RunningHost:
    deadline = time.monotonic() + START_PATIENCE_S
    marker = "Now listening on: "
    while marker not in host.log:
        assert host.process.poll() is None, host.log
        assert time.monotonic() < deadline, host.log
        time.sleep(0.02)
    host.url = host.log.rpartition(marker)[2].split()[0]
    return host


@pytest.fixture(scope="session")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    """A host that runs the app `doors`, shared by the tests that leave it as they found it."""
    folder = tmp_path_factory.mktemp("doors")
    settings = {"ORDERS_QUEUE": "orders", "TICK": "0 0 3 1 1 *", "FROM_FILE": "file", "FROM_BOTH": "file"}
    host = await_start(
        launch(
            app_copy("doors", folder, settings),
            folder / "data",
            FROM_BOTH="environment",
            PYTHON_ENABLE_OPENTELEMETRY="true",
        )
    )
    yield host
    if host.process.poll() is None:
        assert host.stop() == 0, host.log


@pytest.fixture
def client(doors: RunningHost) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=doors.url, timeout=30) as client:
        yield client


@pytest.fixture
def start_host(tmp_path: Path) -> Iterator[StartHost]:
    """Start hosts of this test's own; they are stopped with it."""
    with ExitStack() as running:

        def start(
            name: str,
            settings: dict[str, str] | None = None,
            arguments: tuple[str, ...] = (),
            folder: Path = tmp_path,
            **environment: str,
        ) -> RunningHost:
            app = folder / name
            if not app.exists():
                defaults = {"ORDERS_QUEUE": "orders", "TICK": "0 0 3 1 1 *"}
                app = app_copy(name, folder, {**defaults, **(settings or {})})
            host = launch(app, folder / "data", arguments, **environment)
            running.callback(_end, host)
            return await_start(host)

        yield start


def _end(host: RunningHost) -> None:
    if host.process.poll() is None:
        try:
            host.stop()
        except subprocess.TimeoutExpired:
            host.process.kill()
            host.process.wait()
            raise
