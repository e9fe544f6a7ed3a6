"""Whoever collects metrics hears of each outcome once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from activities.record import lifecycle_event
from activities.subscribe_metrics import subscribe_metrics
from adapters.counters import SqliteCounters
from shared import metrics
from shared.desk import TicketDocument
from shared.escalations import Escalation
from shared.events import Event
from shared.metering import instrument_of
from shared.metrics import Metric
from shared.ports import Desk
from shared.sla import Calendar, Clock, Clocks
from tests.contract.tickets import NOON, ticket_document

type Points = Callable[[Metric], list[tuple[Any, Any]]]

RESOLVED = ticket_document(status="resolved", answer="Restart it.")


def lifecycle(document: TicketDocument) -> Event:
    return lifecycle_event(document, Calendar())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    counters = SqliteCounters(tmp_path / "archive.db")
    yield cast(Desk, SimpleNamespace(counters=counters))
    counters.close()


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> Iterator[Points]:
    """What whoever collects metrics has been told of one."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr("opentelemetry.metrics.get_meter", provider.get_meter)
    instrument_of.cache_clear()

    def told(metric: Metric) -> list[tuple[Any, Any]]:
        data: Any = reader.get_metrics_data()
        found = {each.name: each.data.data_points for each in data.resource_metrics[0].scope_metrics[0].metrics}
        return [(dict(point.attributes), point.value) for point in found.get(metric.name, [])]

    yield told
    instrument_of.cache_clear()
    provider.shutdown()


async def test_whatever_collects_metrics_hears_of_an_event_once(desk: Desk, points: Points):
    for _ in range(2):
        await subscribe_metrics(lifecycle(RESOLVED), desk)
    assert points(metrics.EVENTS) == [({"type": "helpdesk.ticket.resolved", "outcome": "desk"}, 1)]
    ((facts, count),) = points(metrics.TICKETS)
    assert (facts["outcome"], count) == ("resolved_by_desk", 1)


async def test_a_ticket_counts_as_escalated_once_however_many_rungs_it_climbs(desk: Desk, points: Points):
    values = {"id": "1-1-x", "reason": "r", "opened_at": NOON, "assigned_to": "desk", "action_hash": "x"}
    for version, rung, minutes in ((2, 1, 0), (3, 2, 30)):
        opened = Escalation.model_validate(values | {"rung": rung})
        at = NOON + timedelta(minutes=minutes)
        climbing = ticket_document(version=version, status="escalated", escalation=opened, updated_at=at, priority="P1")
        await subscribe_metrics(lifecycle(climbing), desk)
    assert points(metrics.ESCALATIONS) == [({"priority": "P1"}, 1)]


async def test_a_promise_that_was_broken_is_counted_when_the_ticket_is_resolved(desk: Desk, points: Points):
    started = Clock(started_at=NOON, target_s=3600, business_hours=False)
    kept = started.model_copy(update={"stopped_at": NOON + timedelta(minutes=59)})
    broken = started.model_copy(update={"stopped_at": NOON + timedelta(minutes=61)})
    late = ticket_document(status="resolved", priority="P2", clocks=Clocks(first_response=kept, resolution=broken))
    await subscribe_metrics(lifecycle(late), desk)
    assert points(metrics.SLA_BREACHES) == [({"clock": "resolution", "priority": "P2"}, 1)]
