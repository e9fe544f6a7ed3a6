"""Puts the dashboard together from archive, ratings, alerts and the watch; what is down costs only its part."""

import asyncio
from datetime import datetime

from activities.watch_records import cycles_since
from shared.alerts import Alert, AlertQuery, Alerts
from shared.archives import TicketQuery
from shared.dashboard import (
    LONGEST_LIST,
    WIDTHS,
    Dashboard,
    LastTicket,
    Window,
    cost,
    performance,
    quality,
    recommendations,
    status,
)
from shared.errors import Unavailable
from shared.ports import Desk
from shared.ratings import RatingBook
from shared.statistics import Period
from shared.watch_figures import WatchFigures, advice, watch_figures

LONGEST_ALERTS = 100
WATCH_READ_S = 2.0


async def dashboard(desk: Desk, alerts: Alerts, ratings: RatingBook, window: Window, at: datetime) -> Dashboard:
    """Raises Unavailable where the archive is down: without it there is nothing to show."""
    period = Period(since=at - WIDTHS[window], until=at)
    calendar = desk.policy.sla.calendar
    now = await desk.archive.statistics(desk.tenant, period, calendar)
    before = await desk.archive.statistics(desk.tenant, period.before, calendar)
    rated = await ratings.summary(desk.tenant, period)
    rated_before = await ratings.summary(desk.tenant, period.before)
    current, no_alerts = await _current(desk, alerts)
    watch, no_watch = await _watch(desk, period)
    unread = no_alerts | no_watch
    return Dashboard(
        window=window,
        period=period,
        status=status(current, unread),
        unread=unread,
        performance=performance(now, before),
        cost=cost(now, before, period),
        quality=quality(now, before, rated, rated_before),
        sla=now.promises,
        outcomes=now.outcomes,
        series=now.series,
        alerts=current,
        recommendations=recommendations(now, current, rated) + (advice(watch) if watch else ()),
        last=await _last(desk),
        watch=watch,
    )


async def _current(desk: Desk, alerts: Alerts) -> tuple[tuple[Alert, ...], dict[str, str]]:
    query = AlertQuery(tenant=desk.tenant, state=("open", "acknowledged"), limit=LONGEST_ALERTS)
    try:
        return (await alerts.find(query)).items, {}
    except Unavailable as error:
        return (), {"alerts": str(error)}


async def _watch(desk: Desk, period: Period) -> tuple[WatchFigures | None, dict[str, str]]:
    """Read in a hurry: somebody looks at the dashboard just when the storage of the cycles is down."""
    try:
        async with asyncio.timeout(WATCH_READ_S):
            records = await cycles_since(desk, period.before.since, LONGEST_LIST)
    except (Unavailable, TimeoutError) as error:
        return None, {"watch": str(error) or "its cycles could not be read in time"}
    return watch_figures(records, period), {}


async def _last(desk: Desk) -> tuple[LastTicket, ...]:
    page = await desk.archive.find(TicketQuery(tenant=desk.tenant, limit=LONGEST_LIST))
    fields = {"id", "subject", "status", "category", "priority", "created_at"}
    return tuple(
        LastTicket(**ticket.model_dump(include=fields), cost_usd=ticket.usage.cost_usd) for ticket in page.items
    )
