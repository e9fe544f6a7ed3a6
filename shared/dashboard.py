"""The dashboard: figures of a period beside those of the one before, and what follows from them by rules.

A figure that nothing is known of is null and says why; none is made up.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from shared.alerts import Alert
from shared.figures import Figure, Recommendation, figure, projection, share
from shared.model import Model
from shared.statistics import Bucket, Period, Promise, Statistics
from shared.watch_figures import WatchFigures

Window = Literal["24h", "7d", "30d"]
WIDTHS: dict[Window, timedelta] = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
LONGEST_LIST = 10
NO_TICKETS = "no ticket came in this time"
NONE_SETTLED = "no ticket of this time is settled"


class Ratings(Model):
    count: int = 0
    average: float | None = None


class Performance(Model):
    total: Figure
    settled: Figure
    success_rate: Figure
    average_s: Figure
    fastest_s: Figure
    slowest_s: Figure
    p50_s: Figure
    p95_s: Figure


class Cost(Model):
    total_usd: Figure
    average_usd: Figure
    monthly_usd: Figure
    arithmetic: str | None = None


class Quality(Model):
    override_rate: Figure
    reopen_rate: Figure
    rating: Figure
    ratings: int
    cited_rate: Figure


class LastTicket(Model):
    id: str
    subject: str
    status: str
    category: str | None
    priority: str | None
    created_at: datetime
    cost_usd: float


class Dashboard(Model):
    """`unread` names what could not be read, and why; what hangs on it is missing."""

    window: Window
    period: Period
    status: Literal["ok", "warning", "critical", "unknown"]
    unread: dict[str, str] = {}
    performance: Performance
    cost: Cost
    quality: Quality
    sla: dict[str, Promise]
    outcomes: dict[str, int]
    series: tuple[Bucket, ...]
    alerts: tuple[Alert, ...]
    recommendations: tuple[Recommendation, ...]
    last: tuple[LastTicket, ...]
    watch: WatchFigures | None


def performance(now: Statistics, before: Statistics) -> Performance:
    """`success_rate` is the share of settled tickets on whose way no step failed and nothing was missing."""
    this, last = now.handling, before.handling

    def handling(name: str) -> Figure:
        return figure(getattr(this, name, None), getattr(last, name, None), NONE_SETTLED)

    return Performance(
        total=figure(now.total, before.total, NO_TICKETS),
        settled=figure(now.settled, before.settled, NO_TICKETS),
        success_rate=figure(
            share(now.settled - now.settled_with_error, now.settled),
            share(before.settled - before.settled_with_error, before.settled),
            NONE_SETTLED,
        ),
        average_s=handling("average_s"),
        fastest_s=handling("fastest_s"),
        slowest_s=handling("slowest_s"),
        p50_s=handling("p50_s"),
        p95_s=handling("p95_s"),
    )


def cost(now: Statistics, before: Statistics, period: Period) -> Cost:
    """The month is this period's cost by the day, or by the days since the first ticket where it came within it."""
    if not now.total or not now.first_at:
        nothing = figure(None, before.cost_usd if before.total else None, NO_TICKETS)
        return Cost(total_usd=nothing, average_usd=nothing, monthly_usd=Figure(why=NO_TICKETS))
    since = period.since if before.total else max(period.since, now.first_at)
    monthly, arithmetic = projection(now.cost_usd, since, period.until)
    return Cost(
        total_usd=figure(now.cost_usd, before.cost_usd if before.total else None, NO_TICKETS),
        average_usd=figure(now.cost_usd / now.total, share(before.cost_usd, before.total), NO_TICKETS),
        monthly_usd=Figure(value=monthly),
        arithmetic=arithmetic,
    )


def quality(now: Statistics, before: Statistics, rated: Ratings, rated_before: Ratings) -> Quality:
    return Quality(
        override_rate=figure(overridden(now), overridden(before), "nobody has decided on a proposal"),
        reopen_rate=figure(share(now.reopened, now.total), share(before.reopened, before.total), NO_TICKETS),
        rating=figure(rated.average, rated_before.average, "nobody has rated an answer"),
        ratings=rated.count,
        cited_rate=figure(
            share(now.cited, now.answered), share(before.cited, before.answered), "the desk has answered nothing"
        ),
    )


def overridden(found: Statistics) -> float | None:
    decided = sum(found.decided.values())
    return share(decided - found.decided.get("approve", 0), decided)


def status(alerts: Sequence[Alert], unread: dict[str, str]) -> Literal["ok", "warning", "critical", "unknown"]:
    """The worst that is open; where something could not be read, nobody can say that all is well."""
    severities = {alert.severity for alert in alerts}
    if "critical" in severities:
        return "critical"
    if unread:
        return "unknown"
    return "warning" if "warning" in severities else "ok"


def recommendations(now: Statistics, alerts: Sequence[Alert], rated: Ratings) -> tuple[Recommendation, ...]:
    """What to do, each with the figure it follows from."""
    found = [Recommendation(do=alert.advice, because=alert.text) for alert in alerts if alert.state == "open"]
    for name, promise in now.promises.items():
        ended = promise.met + promise.breached
        if ended and promise.breached / ended > 0.1:
            because = f"{promise.breached} of {ended} tickets broke the promise of {name}"
            found.append(Recommendation(do="Look at where tickets wait, or set other targets.", because=because))
    if now.total and now.reopened / now.total > 0.1:
        because = f"{now.reopened} of {now.total} tickets were reopened"
        found.append(
            Recommendation(do="Read the answers of reopened tickets; articles may be missing.", because=because)
        )
    if rated.average is not None and rated.count >= 5 and rated.average < 3:
        because = f"{rated.count} ratings, {rated.average:.1f} of 5 on average"
        found.append(Recommendation(do="Read the comments of the low ratings.", because=because))
    if now.answered and now.cited / now.answered < 0.8:
        because = f"{now.answered - now.cited} of {now.answered} answers cite nothing"
        found.append(Recommendation(do="Write articles for what is asked without one.", because=because))
    return tuple(dict.fromkeys(found))
