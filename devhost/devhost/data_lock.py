"""Keeps a data folder to one host at a time."""

import asyncio
import fcntl
import os
import time
from pathlib import Path
from typing import TextIO

from .errors import HostError


async def lock_data(data_folder: Path, patience_s: float = 5.0) -> TextIO:
    """Hold the data folder for this host alone; the lock ends with the process, however it ends.

    Raises:
        HostError: another host holds it.
    """
    lock = _lock_file(data_folder)
    deadline = time.monotonic() + patience_s
    while not _try_to_lock(lock):
        if time.monotonic() > deadline:
            lock.close()
            raise HostError(f"another devhost runs on {data_folder}")
        await asyncio.sleep(0.1)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _lock_file(data_folder: Path) -> TextIO:
    data_folder.mkdir(parents=True, exist_ok=True)
    return (data_folder / "lock").open("w")


def _try_to_lock(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
