"""Whether the thousandth ticket takes longer than the hundredth: rate and memory of batches on one desk."""

from typing import Any

from benchmarks.batches import sample_tickets, settle
from benchmarks.desks import QUIET, desk, workers
from benchmarks.processes import per_ticket, resident, used

WARM_UP = 40
SIZES = (100, 1000)


def measure() -> list[dict[str, Any]]:
    """Without a model, so that all that is measured is the desk's own; the ratios are beside the first size.

    `cpu_ratio` is of the desk's own CPU a ticket: it says the same as `rate_ratio`, but on a busy machine, too.
    """
    measured: list[dict[str, Any]] = []
    with desk({**QUIET, **workers(2), "BATCH_CONCURRENCY": "40"}) as (running, api):
        settle(api, sample_tickets(WARM_UP))
        for tickets in SIZES:
            before = used(running.process.pid)
            took_s, view = settle(api, sample_tickets(tickets))
            after = used(running.process.pid)
            counts = {name: view[name] for name in ("resolved", "escalated", "failed")}
            line = {"tickets": tickets, **counts, "tickets_per_s": round(tickets / took_s, 2)}
            measured.append(line | per_ticket(before, after, tickets) | resident(after))
    return [line | _beside(line, measured[0]) for line in measured]


def _beside(line: dict[str, Any], first: dict[str, Any]) -> dict[str, float]:
    return {
        "rate_ratio": round(line["tickets_per_s"] / first["tickets_per_s"], 2),
        "cpu_ratio": round(_own_cpu_ms(line) / _own_cpu_ms(first), 2),
    }


def _own_cpu_ms(line: dict[str, Any]) -> float:
    return line["host_cpu_ms"] + line["workers_cpu_ms"]
