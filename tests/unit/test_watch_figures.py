"""The watch on the dashboard: its cycles counted by hand, and what is said where there are none or storage is down."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.overview import dashboard
from shared.dashboard import Dashboard
from shared.settings import read
from shared.statistics import Period
from shared.thinking import Usage
from shared.watch_cycles import RESULTS, Crossed, CycleMetrics, CycleRecord, artifact_path
from shared.watch_figures import advice, watch_figures
from tests.unit.test_readings import NOWHERE, KeptBlobs
from triggers.services import Services

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
DAY = Period(since=NOW - timedelta(days=1), until=NOW)


def metrics(**changes: Any) -> CycleMetrics:
    plain: dict[str, Any] = {
        "execution_s": 10, "success": True, "tasks_completed": 4, "agents_used": (), "quality_score": 0.8,
        "rubric": None, "checks": (), "cost_usd": 0.5, "usage": Usage(), "attempts": 4, "error_count": 0,
        "error_rate": 0, "retry_attempts": 0, "success_rate": 1, "peak_memory_mb": None, "api_calls": 4, "work_s": 8,
        "efficiency": 0.8,
    }  # fmt: skip
    return CycleMetrics.model_validate(plain | changes)


def record(ago_h: float, measured: CycleMetrics | None = None, **changes: Any) -> CycleRecord:
    at = NOW - timedelta(hours=ago_h)
    status = "skipped" if measured is None else "completed" if measured.success else "failed"
    plain: dict[str, Any] = {
        "cycle_id": f"{at:%Y%m%dT%H%M%SZ}-aaaaaa", "status": status, "trigger": "schedule", "subject": "s",
        "started_at": at, "metrics": measured,
    }  # fmt: skip
    return CycleRecord.model_validate(plain | changes)


CROSSED = (Crossed(threshold="cost_usd", value=1.5, limit=1),)


def test_figures_counted_by_hand():
    found = watch_figures(
        [
            record(1, metrics(execution_s=10, cost_usd=0.1, quality_score=None), crossed=CROSSED),
            record(2),
            record(3, metrics(execution_s=30, cost_usd=0.3, quality_score=0.6, success=False)),
            record(30, metrics(execution_s=40, cost_usd=0.2, quality_score=0.5)),
        ],
        DAY,
    )
    assert (found.status, found.crossed) == ("warning", CROSSED)
    assert (found.total.value, found.total.before, found.success_rate.value) == (2, 1, 0.5)
    assert (found.average_s.value, found.fastest_s.value, found.slowest_s.value) == (20, 10, 30)
    assert found.average_s.change == -0.5
    assert (found.cost_usd.value, found.average_usd.value) == (pytest.approx(0.4), pytest.approx(0.2))
    assert found.arithmetic == "0.4000 USD in 1.00 days x 30 days = 12.0000 USD"
    assert (found.quality.value, found.quality.before) == (0.6, 0.5)
    assert [line.status for line in found.last] == ["completed", "skipped", "failed", "completed"]
    assert found.last[0].execution_s == 10
    assert found.last[1].execution_s is None


def test_of_a_watch_that_never_ran_every_figure_is_null_and_says_why():
    found = watch_figures([], DAY)
    assert (found.status, found.total.value, found.last) == ("idle", 0, ())
    for figure in (found.success_rate, found.slowest_s, found.cost_usd, found.monthly_usd, found.quality):
        assert figure.value is None
        assert figure.why


def test_a_failed_last_cycle_is_critical_and_its_reason_is_advice():
    found = watch_figures([record(1), record(2, metrics(success=False), reason="the model was down")], DAY)
    assert found.status == "critical"
    (said,) = advice(found)
    assert "the model was down" in said.because
    assert advice(watch_figures([record(2, metrics())], DAY)) == ()


async def shown(desk: Services) -> Dashboard:
    return await dashboard(desk, desk.alerts, desk.ratings, "24h", NOW)


async def test_the_dashboard_shows_cycles_of_its_time_and_the_last_ten_of_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kept = [record(2, metrics()), record(30, metrics()), *(record(1000 + past, metrics()) for past in range(12))]
    blobs = {artifact_path(one.cycle_id, RESULTS): one.model_dump_json().encode() for one in kept}
    desk = Services(read({"TENANT": "acme", "ARCHIVE_PATH": str(tmp_path / "a.db"), "AzureWebJobsStorage": NOWHERE}))
    monkeypatch.setattr(desk, "artifacts", KeptBlobs(blobs), raising=False)
    found = await shown(desk)
    assert found.watch is not None
    assert (found.watch.total.value, found.watch.total.before, len(found.watch.last)) == (1, 1, 10)
    assert (found.status, found.unread) == ("ok", {})


async def test_storage_that_is_down_costs_the_watch_and_nothing_else(tmp_path: Path):
    environment = {"TENANT": "acme", "ARCHIVE_PATH": str(tmp_path / "archive.db"), "AzureWebJobsStorage": NOWHERE}
    found = await shown(Services(read(environment)))
    assert found.watch is None
    assert found.unread["watch"]
    assert (found.status, found.performance.total.value) == ("unknown", 0)
