"""Whether the thousandth ticket takes longer than the hundredth: rate and memory of batches on one desk."""

from typing import Any

from benchmarks.batches import sample_tickets, settle
from benchmarks.desks import QUIET, desk, workers
from benchmarks.processes import per_ticket, resident, used

WARM_UP = 40
SIZES = (100, 1000)


def measure() -> list[dict[str, Any]]:
    """Without a model, so that all that is measured is the desk's own; `rate_ratio` is beside the first size."""
    measured: list[dict[str, Any]] = []
    with desk({**QUIET, **workers(2), "BATCH_CONCURRENCY": "40"}) as (running, api):
        settle(api, sample_tickets(WARM_UP))
        for tickets in SIZES:
            before = used(running.process.pid)
            took_s, view = settle(api, sample_tickets(tickets))
            after = used(running.process.pid)
            counts = {name: view[name] for name in ("resolved", "escalated", "failed")}
            rate = tickets / took_s
            first = measured[0]["tickets_per_s"] if measured else rate
            measured.append(
                {"tickets": tickets, **counts, "tickets_per_s": round(rate, 2), "rate_ratio": round(rate / first, 2)}
                | per_ticket(before, after, tickets) | resident(after)
            )  # fmt: skip
    return measured
