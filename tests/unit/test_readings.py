"""How the desk stands: every gauge read from real stores, and what is down missing from it, never zero."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from activities.readings import readings
from adapters.queues import StorageQueues
from shared import metrics
from shared.budget import Payer
from shared.escalations import Escalation
from shared.guard import ModelCall
from shared.rate_limit import Spending
from shared.readings import Readings
from shared.settings import read
from shared.sla import Clock, Clocks
from shared.thinking import Usage
from shared.tickets import Decision
from shared.watch_cycles import RESULTS, Crossed, CycleMetrics, CycleRecord, Threshold, artifact_path
from tests.contract.tickets import ticket_document
from triggers.services import Services

NOW = datetime.now(UTC)
NOWHERE = (
    "AccountName=desk;AccountKey=bm9uZQ==;QueueEndpoint=http://127.0.0.1:9/desk;BlobEndpoint=http://127.0.0.1:9/desk;"
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Services]:
    environment = {
        "TENANT": "acme",
        "ARCHIVE_PATH": str(tmp_path / "archive.db"),
        "AzureWebJobsStorage": NOWHERE,
        "MODEL_PROVIDER": "openai",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "OPENAI_API_KEY": "none",
        "OPENAI_MODEL": "m",
        "BREAKER_FAILURES": "1",
    }
    services = Services(read(environment))
    yield services
    await cast(StorageQueues, services.queues).close()


def shown(found: Readings, metric: metrics.Metric) -> dict[tuple[str, ...], float]:
    return {tuple(reading.attributes.values()): reading.value for reading in found.of(metric)}


async def test_open_tickets_their_clocks_and_who_waits_for_a_person(desk: Services):
    await desk.archive.put(ticket_document(id="late", clocks=clocks(since_s=4000), created_at=NOW))
    await desk.archive.put(ticket_document(id="soon", clocks=clocks(since_s=3000), created_at=NOW))
    waiting = escalation(opened_at=NOW - timedelta(minutes=5))
    await desk.archive.put(ticket_document(id="asks", status="escalated", clocks=clocks(since_s=0), escalation=waiting))
    found = await readings(desk, NOW)
    assert shown(found, metrics.OPEN_TICKETS) == {
        ("new",): 0, ("in_progress",): 2, ("waiting_for_requester",): 0, ("escalated",): 1,
    }  # fmt: skip
    assert shown(found, metrics.SLA_BREACHED) == {("first_response",): 1, ("resolution",): 1}
    assert shown(found, metrics.SLA_AT_RISK) == {("first_response",): 1, ("resolution",): 1}
    assert shown(found, metrics.OPEN_ESCALATIONS) == {(): 1}
    assert shown(found, metrics.ESCALATION_AGE) == {(): 300}


async def test_a_stopped_clock_is_neither_breached_nor_at_risk(desk: Services):
    running = clocks(since_s=4000)
    answered = running.model_copy(
        update={"first_response": running.first_response.model_copy(update={"stopped_at": NOW})}
    )
    await desk.archive.put(ticket_document(clocks=answered))
    assert shown(await readings(desk, NOW), metrics.SLA_BREACHED) == {("first_response",): 0, ("resolution",): 1}


async def test_the_override_rate_is_unknown_until_somebody_decides(desk: Services):
    assert (await readings(desk, NOW)).of(metrics.OVERRIDE_RATE) == ()
    approve = Decision(decision="approve", by="ops", at=NOW, id="d-1", action_hash="x")
    reject = Decision(decision="reject", by="ops", at=NOW, id="d-2")
    for number, decided in enumerate((approve, approve, approve, reject)):
        opened = escalation(proposed_answer="restart it", decided=decided)
        await desk.archive.put(ticket_document(id=str(number), status="resolved", escalation=opened, created_at=NOW))
    assert shown(await readings(desk, NOW), metrics.OVERRIDE_RATE) == {(): 0.25}


async def test_circuits_cost_and_tokens(desk: Services):
    guard = desk.guard
    await guard.settle(await guard.admit(ModelCall("resolver", "m", Spending(at=0.0, lane="interactive"))), "failed")
    spent = Usage(model_calls=1, input_tokens=100, output_tokens=20, cost_usd=0.5)
    await desk.ledger.spend(Payer(), "resolver", spent, "call-1")
    found = await readings(desk, datetime.now(UTC))
    assert shown(found, metrics.BREAKER_STATE) == {("resolver", "m"): 2}
    assert (shown(found, metrics.TOKENS_TODAY), shown(found, metrics.COST_TODAY)) == ({(): 120}, {(): 0.5})


async def test_queues_that_are_down_are_missing_and_named_and_the_rest_is_there(desk: Services):
    found = await readings(desk, NOW)
    assert found.unread.keys() == {"queues", "watch"}
    assert "storage" in found.unread["queues"]
    assert found.of(metrics.QUEUE_DEPTH) == ()
    assert shown(found, metrics.DEAD_LETTERS) == {(): 0}
    assert shown(found, metrics.OUTBOX_DEPTH) == {(): 0}


async def test_the_last_measured_cycle_tells_which_thresholds_it_crossed(
    desk: Services, monkeypatch: pytest.MonkeyPatch
):
    """A later cycle that was skipped says nothing; a desk without any has no reading."""
    blobs: dict[str, bytes] = {}
    monkeypatch.setattr(desk, "artifacts", KeptBlobs(blobs), raising=False)
    assert (await readings(desk, NOW)).of(metrics.WATCH_CROSSED) == ()
    keep_cycle(blobs, "20260301T000000Z-aaaaaa", measured=True, crossed=("cost_usd",))
    keep_cycle(blobs, "20260302T000000Z-bbbbbb", measured=False, crossed=())
    assert shown(await readings(desk, NOW), metrics.WATCH_CROSSED) == {
        ("execution_s",): 0, ("success_rate",): 0, ("cost_usd",): 1, ("error_rate",): 0,
    }  # fmt: skip


async def test_every_reading_is_a_gauge_with_the_attributes_it_declares(desk: Services):
    gauges = {metric.name: metric for metric in metrics.METRICS if metric.kind == "gauge"}
    for reading in (await readings(desk, NOW)).values:
        assert set(reading.attributes) <= set(gauges[reading.metric].attributes)


def clocks(since_s: float) -> Clocks:
    clock = Clock(started_at=NOW - timedelta(seconds=since_s), target_s=3600, business_hours=False)
    return Clocks(first_response=clock, resolution=clock)


def escalation(**changes: object) -> Escalation:
    values = {"id": "1-1-x", "reason": "r", "opened_at": NOW, "rung": 1, "assigned_to": "desk", "action_hash": "x"}
    return Escalation.model_validate(values | changes)


class KeptBlobs:
    """So much of blob storage as the records of cycles need."""

    def __init__(self, blobs: dict[str, bytes]):
        self._blobs = blobs

    async def list(self, prefix: str) -> tuple[str, ...]:
        return tuple(path for path in self._blobs if path.startswith(prefix))

    async def read(self, path: str) -> bytes:
        return self._blobs[path]


def keep_cycle(blobs: dict[str, bytes], identity: str, *, measured: bool, crossed: tuple[Threshold, ...]) -> None:
    cycle_metrics = CycleMetrics(
        execution_s=1, success=True, tasks_completed=4, agents_used=(), quality_score=None, rubric=None, checks=(),
        cost_usd=2, usage=Usage(), attempts=1, error_count=0, error_rate=0, retry_attempts=0, success_rate=1,
        peak_memory_mb=None, api_calls=1, work_s=1, efficiency=1,
    )  # fmt: skip
    record = CycleRecord(
        cycle_id=identity,
        status="completed" if measured else "skipped",
        trigger="schedule",
        subject="s",
        started_at=NOW,
        metrics=cycle_metrics if measured else None,
        crossed=tuple(Crossed(threshold=name, value=2, limit=1) for name in crossed),
    )
    blobs[artifact_path(identity, RESULTS)] = record.model_dump_json().encode()
