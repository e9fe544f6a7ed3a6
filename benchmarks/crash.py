"""What a power cut costs: which calls to the model are made twice when everything is killed in the midst of tickets."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from benchmarks.batches import complex_tickets
from benchmarks.desks import desk
from benchmarks.model_server import model_server
from samples.stack import start
from shared import names

TICKETS = 20
PATIENCE_S = 120.0
ASKING = (names.TRIAGE, names.CONSULT, names.RESOLVE, names.REVIEW)


def measure() -> list[dict[str, Any]]:
    """A call is committed once its answer stands in the ticket's history; asked again after that, it was repeated."""
    with model_server() as model, desk(model.settings) as (running, api):
        tickets = [api.post("/tickets", json=body).raise_for_status().json()["id"] for body in complex_tickets(TICKETS)]
        _until(lambda: model.asked().calls >= 3 * TICKETS)
        running.kill()
        killed_at = time.time()
        began = time.monotonic()
        again = start(running.data_dir, model.settings)
        try:
            restart_s = time.monotonic() - began
            with httpx.Client(base_url=again.url, timeout=60) as client:
                _until(lambda: all(_status(client, ticket) == "resolved" for ticket in tickets))
                done = {ticket: _answered_at(client, ticket) for ticket in tickets}
        finally:
            again.stop()
        repeated = repeats(model.asked().questions, done, killed_at)
        return [{"tickets": TICKETS, "restart_s": round(restart_s, 2), **repeated}]


def repeats(
    questions: Sequence[tuple[str | None, float]], done: Mapping[str, Sequence[float]], killed_at: float
) -> dict[str, int]:
    """`questions` are ticket and time of each call, `done` when each ticket's answers were committed.

    Of each ticket's steps those not committed at the kill are asked after it; more than these are repeats."""
    before = Counter(ticket for ticket, at in questions if at < killed_at)
    after = Counter(ticket for ticket, at in questions if at >= killed_at)
    committed = {ticket: sum(at < killed_at for at in ends) for ticket, ends in done.items()}
    return {
        "committed_at_kill": sum(committed.values()),
        "committed_repeated": sum(max(0, after[each] - (len(done[each]) - committed[each])) for each in done),
        "in_flight_repeated": sum(before[each] - committed[each] for each in done),
    }


def _status(client: httpx.Client, ticket: str) -> str:
    return client.get(f"/api/tickets/{ticket}").json()["status"]


def _answered_at(client: httpx.Client, ticket: str) -> list[float]:
    """When each of the ticket's questions was committed as answered."""
    status = f"/runtime/webhooks/durabletask/instances/{names.ticket_instance(ticket, 1)}"
    events = client.get(status, params={"showHistory": "true"}).raise_for_status().json()["historyEvents"]
    return [
        datetime.fromisoformat(event["Timestamp"]).timestamp()
        for event in events
        if event["EventType"] == "TaskCompleted" and event["FunctionName"] in ASKING
    ]


def _until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)
