"""The dashboard's figures against tickets counted by hand, and null with a reason where there is nothing to count."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.overview import dashboard
from shared.dashboard import Dashboard, Ratings, recommendations
from shared.desk import Step
from shared.escalations import Escalation
from shared.ratings import Rating
from shared.settings import read
from shared.sla import Clock, Clocks
from shared.statistics import Statistics, spread
from shared.thinking import Citation, Usage
from shared.tickets import Decision
from tests.contract.tickets import ticket_document
from tests.unit.test_readings import NOWHERE, KeptBlobs
from triggers.services import Services

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    services = Services(
        read({"TENANT": "acme", "ARCHIVE_PATH": str(tmp_path / "a.db"), "AzureWebJobsStorage": NOWHERE})
    )
    monkeypatch.setattr(services, "artifacts", KeptBlobs({}), raising=False)
    return services


async def shown(desk: Services) -> Dashboard:
    return await dashboard(desk, desk.alerts, desk.ratings, "24h", NOW)


async def test_of_an_empty_desk_every_figure_is_null_and_says_why(desk: Services):
    found = await shown(desk)
    assert (found.performance.total.value, found.performance.success_rate.value) == (0, None)
    for figure in (
        found.performance.p95_s, found.cost.total_usd, found.cost.monthly_usd, found.quality.override_rate,
        found.quality.reopen_rate, found.quality.rating, found.quality.cited_rate,
    ):  # fmt: skip
        assert figure.value is None
        assert figure.why
    assert (found.status, found.alerts, found.recommendations, found.last) == ("ok", (), (), ())


async def test_figures_counted_by_hand(desk: Services):
    """Four settled after 1, 2, 3 and 10 hours; one of them with a failed step, one by a person; one still open."""
    citation = Citation(id="a", title="A", section="")
    await put(desk, "1", took_h=1, cost=0.10, answer="x", citations=(citation,))
    await put(desk, "2", took_h=2, cost=0.20, answer="x", steps=(failed_step(),))
    await put(desk, "3", took_h=3, cost=0.30, answer="x", escalation=decided("approve"), episode=2)
    await put(desk, "4", took_h=10, cost=0.40, answer="y", escalation=decided("answer"))
    await put(desk, "5", took_h=None, cost=0.0)
    await put(desk, "old", took_h=2, cost=0.50, answer="x", ago_h=30)
    found = await shown(desk)
    performance = found.performance
    assert (performance.total.value, performance.total.before, performance.total.change) == (5, 1, 4)
    assert (performance.settled.value, performance.success_rate.value) == (4, 0.75)
    assert (performance.average_s.value, performance.average_s.change) == (4 * 3600, 1)
    assert (performance.fastest_s.value, performance.slowest_s.value) == (3600, 10 * 3600)
    assert (performance.p50_s.value, performance.p95_s.value) == (2 * 3600, 10 * 3600)
    assert found.outcomes == {"approved": 1, "by_desk": 2, "by_person": 1, "open": 1}
    assert found.cost.total_usd.value == pytest.approx(1.0)
    assert found.cost.average_usd.value == pytest.approx(0.2)
    assert found.cost.monthly_usd.value == pytest.approx(30.0)
    assert found.cost.arithmetic == "1.0000 USD in 1.00 days x 30 days = 30.0000 USD"
    assert found.quality.override_rate.value == 0.5
    assert found.quality.reopen_rate.value == 0.2
    assert found.quality.cited_rate.value == pytest.approx(1 / 3)
    assert (sum(bucket.opened for bucket in found.series), sum(bucket.settled for bucket in found.series)) == (5, 4)
    assert sum(bucket.cost_usd for bucket in found.series) == pytest.approx(1.0)
    resolution = found.sla["resolution"]
    assert sum(bucket.met for bucket in found.series) == resolution.met
    assert sum(bucket.breached for bucket in found.series) == resolution.breached
    assert [(bucket.p50_s, bucket.p95_s) for bucket in found.series if bucket.p50_s] == [(2 * 3600, 10 * 3600)]
    assert [ticket.id for ticket in found.last] == ["5", "4", "3", "2", "1", "old"]


async def test_promises_kept_broken_and_still_running(desk: Services):
    """Two hours are promised: settled after one and after three, open since one and since three."""
    for identity, ago_h, stopped_h in (("a", 10, 1), ("b", 10, 3), ("c", 1, None), ("d", 3, None)):
        await put(desk, identity, took_h=stopped_h, ago_h=ago_h, clocks=clocks(ago_h, stopped_h))
    resolution = (await shown(desk)).sla["resolution"]
    assert (resolution.met, resolution.breached, resolution.running) == (1, 2, 1)


async def test_a_promise_in_business_hours_does_not_run_at_night(desk: Services):
    """Opened 16 hours ago at 20:00 when nobody works, settled 14 hours later at 10:00, one hour into the day."""
    await put(desk, "night", took_h=14, ago_h=16, clocks=clocks(16, 14, business_hours=True))
    assert (await shown(desk)).sla["resolution"].met == 1


async def test_ratings_of_the_time_and_one_for_each_episode(desk: Services):
    for ticket, score, ago_h in (("a", 5, 1), ("b", 2, 1), ("c", 1, 40)):
        rating = Rating(ticket_id=ticket, episode=1, score=score, at=NOW - ago_h * HOUR)
        assert await desk.ratings.add("acme", rating)
    again = Rating(ticket_id="a", episode=1, score=1, at=NOW)
    assert not await desk.ratings.add("acme", again)
    quality = (await shown(desk)).quality
    assert (quality.rating.value, quality.rating.before, quality.ratings) == (3.5, 1.0, 2)


def test_the_nearest_rank_is_a_value_that_occurred():
    found = spread([float(number) for number in range(1, 21)])
    assert found is not None
    assert (found.p50_s, found.p95_s, found.average_s) == (10, 19, 10.5)
    assert spread([]) is None


def test_each_recommendation_says_what_it_follows_from():
    found = recommendations(Statistics(total=10, reopened=3, answered=10, cited=5), (), Ratings(count=5, average=2.0))
    assert [one.because for one in found] == [
        "3 of 10 tickets were reopened", "5 ratings, 2.0 of 5 on average", "5 of 10 answers cite nothing",
    ]  # fmt: skip


async def put(
    desk: Services, identity: str, took_h: float | None, cost: float = 0.0, ago_h: float = 12, **more: Any
) -> None:
    opened = NOW - ago_h * HOUR + timedelta(seconds=ord(identity[0]))
    settled = {} if took_h is None else {"status": "resolved", "resolved_at": opened + took_h * HOUR}
    usage = Usage(model_calls=1, cost_usd=cost)
    await desk.archive.put(ticket_document(id=identity, created_at=opened, usage=usage, **(settled | more)))


def clocks(ago_h: float, stopped_h: float | None, business_hours: bool = False) -> Clocks:
    started = NOW - ago_h * HOUR
    stopped = None if stopped_h is None else started + stopped_h * HOUR
    clock = Clock(started_at=started, target_s=7200, business_hours=business_hours, stopped_at=stopped)
    return Clocks(first_response=clock, resolution=clock)


def decided(decision: Any) -> Escalation:
    verdict = Decision(decision=decision, by="ada", at=NOW, id="d", action_hash="x", answer="y")
    return Escalation(
        id="e-x",
        reason="r",
        opened_at=NOW,
        rung=1,
        assigned_to="desk",
        action_hash="x",
        proposed_answer="p",
        decided=verdict,
    )


def failed_step() -> Step:
    return Step(name="review", started_at=NOW, completed_at=NOW, outcome="failed: the model did not answer")
