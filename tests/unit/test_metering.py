"""Gauges show the newest readings and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from shared import metrics
from shared.metering import STALE_AFTER, Board, instrument_of, measure
from shared.readings import Reading, Readings


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryMetricReader]:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr("opentelemetry.metrics.get_meter", provider.get_meter)
    instrument_of.cache_clear()
    yield reader
    instrument_of.cache_clear()
    provider.shutdown()


def shown(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    data = reader.get_metrics_data()
    scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
    return {metric.name: list(metric.data.data_points) for scope in scopes for metric in scope.metrics}


def readings(*values: Reading, at: datetime | None = None) -> Readings:
    return Readings(at=at or datetime.now(UTC), values=values)


OPEN = Reading(metric=metrics.BREAKER_STATE.name, value=2, attributes={"agent": "resolver", "model": "m"})
DEPTH = Reading(metric=metrics.DEAD_LETTERS.name, value=3)


def test_a_circuit_that_has_closed_is_not_shown_as_open_for_ever(reader: InMemoryMetricReader):
    board = Board()
    board.show(readings(OPEN, DEPTH))
    (point,) = shown(reader)[metrics.BREAKER_STATE.name]
    assert (point.value, dict(point.attributes)) == (2, {"agent": "resolver", "model": "m"})
    board.show(readings(DEPTH))
    now = shown(reader)
    assert not now.get(metrics.BREAKER_STATE.name)
    assert [point.value for point in now[metrics.DEAD_LETTERS.name]] == [3]


def test_readings_that_nobody_renews_are_not_shown_on(reader: InMemoryMetricReader):
    board = Board()
    board.show(readings(DEPTH, at=datetime.now(UTC) - STALE_AFTER - timedelta(seconds=1)))
    assert not shown(reader).get(metrics.DEAD_LETTERS.name)


def test_durations_fall_into_buckets_of_seconds(reader: InMemoryMetricReader):
    measure(metrics.STEP_DURATION, 0.05, step="screen", outcome="done")
    measure(metrics.STEP_DURATION, 3.0, step="screen", outcome="done")
    (point,) = shown(reader)[metrics.STEP_DURATION.name]
    assert sum(count > 0 for count in point.bucket_counts) == 2


def test_an_attribute_without_a_value_is_left_out(reader: InMemoryMetricReader):
    measure(metrics.TICKETS, outcome="not_a_ticket", category=None)
    (point,) = shown(reader)[metrics.TICKETS.name]
    assert dict(point.attributes) == {"outcome": "not_a_ticket"}
