"""What a desk takes of the machine: its host, its worker processes, its local services."""

from dataclasses import dataclass
from typing import Literal

import psutil

type Part = Literal["host", "workers", "services"]
MB = 1024 * 1024


@dataclass(frozen=True)
class Use:
    """CPU seconds since the process began, and resident memory."""

    cpu_s: float = 0.0
    resident_mb: float = 0.0

    def __add__(self, other: "Use") -> "Use":
        return Use(self.cpu_s + other.cpu_s, self.resident_mb + other.resident_mb)


def used(host_pid: int) -> dict[Part, Use]:
    """By part; services are the storage emulator and Redis, which Azure runs elsewhere."""
    host = psutil.Process(host_pid)
    parts: dict[Part, Use] = {"host": _use(host), "workers": Use(), "services": Use()}
    for child in host.children(recursive=True):
        part: Part = "workers" if "devhost.worker" in child.cmdline() else "services"
        parts[part] += _use(child)
    return parts


def _use(process: psutil.Process) -> Use:
    times = process.cpu_times()
    return Use(times.user + times.system, process.memory_info().rss / MB)


def per_ticket(before: dict[Part, Use], after: dict[Part, Use], tickets: int) -> dict[str, float]:
    """CPU milliseconds a ticket by part."""
    return {
        f"{part}_cpu_ms": round((after[part].cpu_s - before[part].cpu_s) * 1000 / tickets, 1)
        for part in after
    }  # fmt: skip


def resident(use: dict[Part, Use]) -> dict[str, float]:
    return {f"{part}_mb": round(use[part].resident_mb, 1) for part in ("host", "workers")}
