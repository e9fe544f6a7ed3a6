"""The circuit breaker on a running desk of two worker processes, counted at the model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.desk import Desk, Json, running, sample, until
from tests.stack.gated_model import GatedModel, gated_model

RESET_S = 6
SETTINGS = {
    "FUNCTIONS_WORKER_PROCESS_COUNT": "2", "BREAKER_RESET_S": str(RESET_S), "RETRY_COUNT": "0", "CACHE_TTL_S": "0",
    "MESSAGE_BURST_S": "0.2",
}  # fmt: skip


@pytest.fixture
def model() -> Iterator[GatedModel]:
    with gated_model() as model:
        yield model


@pytest.fixture
def guarded(tmp_path: Path, model: GatedModel) -> Iterator[Desk]:
    with running(tmp_path, SETTINGS | model.settings) as desk:
        yield desk


def breakers(desk: Desk) -> list[Json]:
    answer = desk.api.get("/health")
    assert answer.status_code == 200, "a model that is down does not take the desk down"
    return answer.json()["breakers"]


def hand_in(desk: Desk, count: int) -> list[str]:
    return [desk.open(sample("Easy", subject=f"The VPN drops, case {number}")) for number in range(count)]


def settled(desk: Desk, tickets: list[str]) -> list[Json]:
    """The tickets once each is answered or with a person."""
    return [desk.until(ticket, lambda shown: shown["status"] not in ("new", "in_progress")) for ticket in tickets]


def reason(ticket: Json) -> str:
    escalation: Json = ticket["escalation"] or {}
    return str(escalation.get("reason", ""))


def test_five_failures_open_it_for_both_processes_and_one_probe_closes_it(guarded: Desk, model: GatedModel):
    model.failures["Triage"] = 5
    model.gate.clear()
    tickets = hand_in(guarded, 5)
    until(lambda: len(model.callers), lambda count: count == 5)
    model.gate.set()
    assert all("answered 500" in reason(ticket) for ticket in settled(guarded, tickets))
    # A caller can be gone from the table of connections before it is looked up: 0 is nobody, not a third process.
    assert len(set(model.callers) - {0}) == 2, "both worker processes have asked"
    (shown,) = breakers(guarded)
    assert (shown["agent"], shown["model"], shown["state"]) == ("triage-analyst", "told-what-to-say", "open")

    refused = settled(guarded, hand_in(guarded, 6))
    assert all("circuit" in reason(ticket) for ticket in refused)
    assert len(model.callers) == 5, "the sixth call never reaches the model"

    until(lambda: breakers(guarded), lambda found: found[0]["state"] == "half_open")
    model.gate.clear()
    tickets = hand_in(guarded, 6)
    until(lambda: [guarded.ticket(ticket)["status"] for ticket in tickets].count("escalated"), lambda count: count == 5)
    assert len(model.callers) == 6, "one probe, of all that came while the model was not known to be back"
    model.gate.set()
    after = settled(guarded, tickets)
    assert sum(ticket["status"] == "resolved" for ticket in after) == 1
    assert sum("circuit" in reason(ticket) for ticket in after) == 5
    assert breakers(guarded) == []
    assert [ticket["status"] for ticket in settled(guarded, hand_in(guarded, 4))] == ["resolved"] * 4
