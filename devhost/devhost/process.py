"""Child processes that do not outlive the host, even when it is killed with -9."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with(parent_pid: int, with_signal: signal.Signals) -> None:
    """Have the kernel send this process `with_signal` when its parent ends; does nothing but on Linux."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(with_signal))
    # The parent may have gone before the request reached the kernel.
    if os.getppid() != parent_pid:
        os._exit(1)


def leashed(command: list[str]) -> list[str]:
    """The command line that runs `command` as a child which ends with this process."""
    # -c keeps the start of a service to some ten milliseconds: nothing but the standard library is imported.
    program = (
        "import ctypes, os, sys\n"
        "if sys.platform == 'linux': ctypes.CDLL(None).prctl(1, 15)\n"
        "if os.getppid() != int(sys.argv[1]): sys.exit(1)\n"
        "os.execvp(sys.argv[2], sys.argv[2:])\n"
    )
    return [sys.executable, "-I", "-S", "-c", program, str(os.getpid()), *command]


def is_running(pid: int, name_part: str) -> bool:
    """Whether `pid` is a process whose command line contains `name_part` (a pid may have been given anew)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    command_line = Path(f"/proc/{pid}/cmdline")
    with contextlib.suppress(OSError):
        return name_part.encode() in command_line.read_bytes()
    return True


def wait_until_gone(pid: int, name_part: str, patience_s: float) -> None:
    """Wait for a left-over service to finish its shutdown; end it when it takes longer than `patience_s`."""
    deadline = time.monotonic() + patience_s
    while is_running(pid, name_part):
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + patience_s
        time.sleep(0.05)
