"""Tickets a second through the whole desk as one batch, and what they leave in memory."""

import json
import os
import time
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from samples.stack import REPOSITORY, start

PATIENCE_S = 900.0
MARKS = (200, 1000)


def measure(tickets: int, workers: int) -> dict[str, Any]:
    """One batch on a desk with so many worker processes; memory in MB of host and all workers together."""
    settings = {"FUNCTIONS_WORKER_PROCESS_COUNT": str(workers), "BATCH_CONCURRENCY": "40",
                "AzureFunctionsJobHost__logging__logLevel__default": "Warning"}  # fmt: skip
    with TemporaryDirectory() as folder:
        desk = start(Path(folder), settings)
        try:
            with httpx.Client(base_url=f"{desk.url}/api", timeout=60) as api:
                api.get("/health")
                began = time.monotonic()
                batch = api.post("/batches", content=_batch(tickets)).raise_for_status().json()["id"]
                memory, view = _follow(api, batch, desk.process.pid)
                took_s = time.monotonic() - began
        finally:
            desk.stop()
    counts = {name: view[name] for name in ("total", "resolved", "escalated", "failed", "in_flight")}
    rate = round(tickets / took_s, 1)
    return {"workers": workers, **counts, "took_s": round(took_s, 1), "tickets_per_s": rate, **memory}


def _follow(api: httpx.Client, batch: str, pid: int) -> tuple[dict[str, float], dict[str, Any]]:
    memory: dict[str, float] = {}
    deadline = time.monotonic() + PATIENCE_S
    while True:
        view = api.get(f"/batches/{batch}").json()
        settled = view["total"] - view["in_flight"]
        for mark in MARKS:
            if settled >= mark and f"host_mb_at_{mark}" not in memory:
                host, workers = _memory_mb(pid)
                memory |= {f"host_mb_at_{mark}": host, f"workers_mb_at_{mark}": workers}
        if view["status"].startswith("completed"):
            return memory, view
        if time.monotonic() > deadline:
            raise TimeoutError(json.dumps(view))
        time.sleep(0.2)


def _batch(tickets: int) -> bytes:
    """The sample batch over and over, each line a ticket of its own."""
    lines = (REPOSITORY / "samples" / "tickets" / "batch.jsonl").read_text().splitlines()
    samples = [json.loads(line) for line in lines]
    valid = [sample for sample in samples if sample["subject"].strip()]
    repeated = enumerate(islice(cycle(valid), tickets))
    return "\n".join(json.dumps({**sample, "external_id": f"bench-{number}"}) for number, sample in repeated).encode()


def _memory_mb(pid: int) -> tuple[float, float]:
    """Resident memory of the host and of its worker processes (Linux; elsewhere 0)."""
    if not os.path.exists(f"/proc/{pid}/status"):
        return 0.0, 0.0
    workers = [child for child in _children(pid) if "devhost" in _command(child)]
    return resident_mb(pid), round(sum(resident_mb(child) for child in workers), 1)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0
