"""How long the local host takes from its command to the first answer, services included."""

import time
from statistics import median
from typing import Any

from benchmarks.desks import desk

RUNS = 3


def measure() -> list[dict[str, Any]]:
    """Medians; Azurite and Redis start with it."""
    listening: list[float] = []
    answered: list[float] = []
    for _ in range(RUNS):
        began = time.monotonic()
        with desk({}) as (_, api):
            listening.append(time.monotonic() - began)
            api.get("/health")
            answered.append(time.monotonic() - began)
    return [{"listening_s": round(median(listening), 2), "first_answer_s": round(median(answered), 2)}]
