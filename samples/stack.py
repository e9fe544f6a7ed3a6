"""Starts a desk of its own, as `make start` does: on a free port, with everything it writes in one folder."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
LISTENING = re.compile(r"Now listening on: (http://\S+)")
START_PATIENCE_S = 90.0
STOP_PATIENCE_S = 40.0


@dataclass(slots=True)
class Stack:
    """A running desk; `url` has no trailing slash."""

    process: subprocess.Popen[bytes]
    url: str
    data_dir: Path
    log: Path

    @property
    def storage(self) -> str:
        """The connection string of its storage emulator, as the host wrote it down."""
        return _service(self.data_dir, "AzureWebJobsStorage")

    @property
    def redis(self) -> str:
        return _service(self.data_dir, "REDIS_URL")

    def stop(self) -> int:
        """End it and wait; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_PATIENCE_S)

    def kill(self) -> None:
        """End host, workers and services at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_PATIENCE_S)


def start(data_dir: Path, settings: Mapping[str, str] | None = None, app: Path = REPOSITORY) -> Stack:
    """Start a desk and wait until it serves. Raises RuntimeError with the end of its log when it does not."""
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / "host.log"
    with log.open("ab") as out:
        began = out.tell()
        process = subprocess.Popen(
            [_devhost(), "start", "--port", "0", "--data-dir", str(data_dir)],
            cwd=app, env=_environment(data_dir, settings or {}), stdin=subprocess.DEVNULL,
            stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + START_PATIENCE_S
    while True:
        text = log.read_bytes()[began:].decode(errors="replace")
        if (found := LISTENING.search(text)) is not None:
            return Stack(process, found[1].rstrip("/"), data_dir, log)
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"the desk does not start:\n{text[-3000:]}")
        time.sleep(0.05)


def _environment(data_dir: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of `make start`, of the caller, and of nobody else's desk."""
    foreign = ("AzureWebJobsStorage", "REDIS_URL")
    inherited = {name: value for name, value in os.environ.items() if name not in foreign}
    tools = [REPOSITORY / ".venv" / "bin", REPOSITORY / ".local" / "azurite" / "node_modules" / ".bin"]
    return inherited | {
        "PATH": os.pathsep.join([*map(str, tools), inherited.get("PATH", "")]),
        "ARCHIVE_PATH": str(data_dir / "archive.db"),
        "DIRECTORY_PATH": str(data_dir / "directory.db"),
        "AUDIT_PATH": str(data_dir / "audit.db"),
        "SWEEP_SCHEDULE": "0 */1 * * * *",
        "TASKHUB_NAME": "helpdesk",
        **settings,
    }


def _devhost() -> str:
    return shutil.which("devhost", path=str(Path(sys.executable).parent)) or "devhost"


def _service(data_dir: Path, name: str) -> str:
    for line in (data_dir / "services.env").read_text().splitlines():
        key, _, value = line.partition("=")
        if key == name:
            return value
    raise LookupError(f"{name} is not in {data_dir / 'services.env'}")
