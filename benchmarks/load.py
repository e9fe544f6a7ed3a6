"""Tickets a second with a model of 200 ms, by how many are in work at once and by worker processes."""

from collections.abc import Generator
from typing import Any

import redis

from benchmarks.batches import complex_tickets, settle
from benchmarks.desks import QUIET, thinking_desk, workers
from benchmarks.processes import per_ticket, resident, used

TICKETS_AT_ONCE = {1: 6, 50: 100, 200: 200}
"""How many tickets are measured for each number at once: some seconds' work."""


def measure() -> Generator[dict[str, Any]]:
    for count in (1, 2):
        for at_once, tickets in TICKETS_AT_ONCE.items():
            yield _one(at_once, tickets, count)


def _one(at_once: int, tickets: int, count: int) -> dict[str, Any]:
    """After a few tickets that warm each worker up."""
    with thinking_desk({**QUIET, **workers(count), "BATCH_CONCURRENCY": str(at_once)}) as (running, api, model):
        settle(api, complex_tickets(3 * count))
        used_before, asked_before, commands_before = used(running.process.pid), model.asked(), _commands(running.redis)
        took_s, view = settle(api, complex_tickets(tickets))
        used_after, asked, commands = used(running.process.pid), model.asked(), _commands(running.redis)
    calls = asked.calls - asked_before.calls
    return {
        "workers": count, "at_once": at_once, "tickets": tickets, "resolved": view["resolved"],
        "tickets_per_s": round(tickets / took_s, 2), "calls_per_s": round(calls / took_s, 1),
        "calls_per_ticket": round(calls / tickets, 2),
        "input_tokens_per_ticket": round((asked.input_tokens - asked_before.input_tokens) / tickets),
        "output_tokens_per_ticket": round((asked.output_tokens - asked_before.output_tokens) / tickets),
        "redis_commands_per_ticket": round((commands - commands_before) / tickets),
        **per_ticket(used_before, used_after, tickets), **resident(used_after),
    }  # fmt: skip


def _commands(redis_url: str) -> int:
    with redis.Redis.from_url(redis_url) as client:
        stats: Any = client.info("stats")
    return stats["total_commands_processed"]
