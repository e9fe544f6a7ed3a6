"""Tickets that are handed in while something happens to the desk."""

import sqlite3
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx

from samples.stack import Stack
from tests.stack.desk import HAS_ANSWER, Json

CALLERS = 4


@contextmanager
def handing_in(stack: Stack, bodies: dict[str, Json], ids: dict[str, str]) -> Generator[None]:
    """Hand every ticket in meanwhile, as a caller does who does not know what became of it: again, under its key."""

    def hand_in(key: str, body: Json) -> None:
        with suppress(httpx.TransportError):
            answer = api.post("/tickets", json=body, headers={"Idempotency-Key": key})
            assert answer.status_code == 202, answer.text
            assert ids.setdefault(key, answer.json()["id"]) == answer.json()["id"]

    with httpx.Client(base_url=f"{stack.url}/api", timeout=30) as api, ThreadPoolExecutor(CALLERS) as callers:
        calls = [callers.submit(hand_in, key, body) for key, body in bodies.items()]
        yield
        for call in calls:
            call.result()


def ended_count(folder: Path) -> int:
    """How many tickets have their outcome, read beside the desk so as not to slow it down."""
    with closing(sqlite3.connect(folder / "archive.db", timeout=10)) as archive:
        if archive.execute("SELECT 1 FROM sqlite_schema WHERE name = 'tickets'").fetchone() is None:
            return 0
        marks = ", ".join("?" * len(HAS_ANSWER))
        return archive.execute(f"SELECT count(*) FROM tickets WHERE status IN ({marks})", HAS_ANSWER).fetchone()[0]
