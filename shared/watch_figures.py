"""How the watch has done in a period, beside the one before: its cycles counted, as the dashboard shows them."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from shared.figures import Figure, Recommendation, figure, projection, share
from shared.model import Model
from shared.statistics import Period, spread
from shared.watch_cycles import Crossed, CycleMetrics, CycleRecord, CycleStatus, Trigger

LONGEST_LIST = 10
NONE_ENDED = "no cycle ended in this time"
NONE_SCORED = "no cycle of this time was scored"


class CycleLine(Model):
    """A cycle in one line; figures are null where it was not measured."""

    id: str
    status: CycleStatus
    trigger: Trigger
    subject: str
    started_at: datetime
    execution_s: float | None = None
    cost_usd: float | None = None
    quality_score: float | None = None
    reason: str | None = None


class WatchFigures(Model):
    """`crossed` are the thresholds that the last measured cycle crossed; `last` are cycles of any time."""

    status: Literal["ok", "warning", "critical", "idle"]
    total: Figure
    success_rate: Figure
    average_s: Figure
    fastest_s: Figure
    slowest_s: Figure
    cost_usd: Figure
    average_usd: Figure
    monthly_usd: Figure
    arithmetic: str | None = None
    quality: Figure
    efficiency: Figure
    crossed: tuple[Crossed, ...]
    last: tuple[CycleLine, ...]


class _Counted(Model):
    """The measures of the cycles that ended in a period."""

    measured: tuple[CycleMetrics, ...]
    first_at: datetime | None

    @property
    def costs(self) -> float:
        return math.fsum(one.cost_usd for one in self.measured)


def watch_figures(records: Sequence[CycleRecord], period: Period) -> WatchFigures:
    """`records` are those of the period, of the one before and the last ten, newest first."""
    now, before = _counted(records, period), _counted(records, period.before)
    took, took_before = (spread([one.execution_s for one in these.measured]) for these in (now, before))

    def handling(name: str) -> Figure:
        return figure(getattr(took, name, None), getattr(took_before, name, None), NONE_ENDED)

    last_measured = next((one for one in records if one.metrics is not None), None)
    crossed = last_measured.crossed if last_measured else ()
    monthly, arithmetic = _month(now, before, period)
    return WatchFigures(
        status=_status(records, crossed),
        total=figure(len(now.measured), len(before.measured), NONE_ENDED),
        success_rate=_mean_of("success", now, before, NONE_ENDED),
        average_s=handling("average_s"),
        fastest_s=handling("fastest_s"),
        slowest_s=handling("slowest_s"),
        cost_usd=figure(_if_any(now), _if_any(before), NONE_ENDED),
        average_usd=_mean_of("cost_usd", now, before, NONE_ENDED),
        monthly_usd=monthly,
        arithmetic=arithmetic,
        quality=_mean_of("quality_score", now, before, NONE_SCORED),
        efficiency=_mean_of("efficiency", now, before, NONE_ENDED),
        crossed=crossed,
        last=tuple(_line(one) for one in records[:LONGEST_LIST]),
    )


def advice(found: WatchFigures) -> tuple[Recommendation, ...]:
    """Thresholds that were crossed are alerts, which bring advice of their own; a failure is told here."""
    last = next((one for one in found.last if one.status in ("completed", "failed")), None)
    if last is None or last.status != "failed":
        return ()
    because = f"the watch's last cycle, {last.id}, failed: {last.reason or 'it did not say why'}"
    return (Recommendation(do="Look at the failed cycle and its dead letter.", because=because),)


def _counted(records: Sequence[CycleRecord], period: Period) -> _Counted:
    within = [one for one in records if period.since <= one.started_at < period.until and one.metrics is not None]
    return _Counted(
        measured=tuple(one.metrics for one in within if one.metrics is not None),
        first_at=min((one.started_at for one in within), default=None),
    )


def _if_any(counted: _Counted) -> float | None:
    return counted.costs if counted.measured else None


def _mean_of(name: str, now: _Counted, before: _Counted, why: str) -> Figure:
    def mean(counted: _Counted) -> float | None:
        known = [value for one in counted.measured if (value := getattr(one, name)) is not None]
        return share(math.fsum(known), len(known))

    return figure(mean(now), mean(before), why)


def _month(now: _Counted, before: _Counted, period: Period) -> tuple[Figure, str | None]:
    if now.first_at is None:
        return Figure(why=NONE_ENDED), None
    since = period.since if before.measured else max(period.since, now.first_at)
    monthly, arithmetic = projection(now.costs, since, period.until)
    return Figure(value=monthly), arithmetic


def _status(records: Sequence[CycleRecord], crossed: Sequence[Crossed]) -> Literal["ok", "warning", "critical", "idle"]:
    """By the last cycle that ended, with whatever success."""
    last = next((one for one in records if one.status in ("completed", "failed")), None)
    if last is None:
        return "idle"
    if last.status == "failed":
        return "critical"
    return "warning" if crossed else "ok"


def _line(record: CycleRecord) -> CycleLine:
    measured = record.metrics
    return CycleLine(
        id=record.cycle_id,
        status=record.status,
        trigger=record.trigger,
        subject=record.subject,
        started_at=record.started_at,
        execution_s=measured.execution_s if measured else None,
        cost_usd=measured.cost_usd if measured else None,
        quality_score=measured.quality_score if measured else None,
        reason=record.reason,
    )
