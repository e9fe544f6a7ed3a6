"""A batch of tickets through the whole desk, looked at seldom enough not to be slowed down by it."""

import json
import time
from collections.abc import Iterable
from itertools import count, cycle, islice
from typing import Any

import httpx

from samples.stack import REPOSITORY

PATIENCE_S = 900.0
_number = count()


def complex_tickets(tickets: int) -> list[dict[str, Any]]:
    """Each takes triage, three specialists side by side, resolver and reviewer: six calls, four of them in a row."""
    return [
        {"subject": "A complex matter", "description": "The VPN drops.", "requester": {"id": "u-1002"}}
        for _ in range(tickets)
    ]


def sample_tickets(tickets: int) -> list[dict[str, Any]]:
    """The sample batch over and over."""
    lines = (REPOSITORY / "samples" / "tickets" / "batch.jsonl").read_text().splitlines()
    samples = [json.loads(line) for line in lines]
    return list(islice(cycle([sample for sample in samples if sample["subject"].strip()]), tickets))


def settle(api: httpx.Client, tickets: Iterable[dict[str, Any]]) -> tuple[float, dict[str, Any]]:
    """Seconds until all of them are settled, and the batch's last view."""
    lines = [json.dumps({**ticket, "external_id": f"bench-{next(_number)}"}) for ticket in tickets]
    began = time.monotonic()
    batch = api.post("/batches", content="\n".join(lines).encode()).raise_for_status().json()["id"]
    while True:
        view = api.get(f"/batches/{batch}").json()
        took_s = time.monotonic() - began
        if view["status"].startswith("completed"):
            return took_s, view
        if took_s > PATIENCE_S:
            raise TimeoutError(json.dumps(view))
        time.sleep(0.2)
