"""Puts the dashboard together from archive, ratings and alerts; an alert store that is down costs only its part."""

from datetime import datetime

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

LONGEST_ALERTS = 100


async def dashboard(desk: Desk, alerts: Alerts, ratings: RatingBook, window: Window, at: datetime) -> Dashboard:
    """Raises Unavailable where the archive is down: without it there is nothing to show."""
    period = Period(since=at - WIDTHS[window], until=at)
    calendar = desk.policy.sla.calendar
    now = await desk.archive.statistics(desk.tenant, period, calendar)
    before = await desk.archive.statistics(desk.tenant, period.before, calendar)
    rated = await ratings.summary(desk.tenant, period)
    rated_before = await ratings.summary(desk.tenant, period.before)
    current, unread = await _current(desk, alerts)
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
        recommendations=recommendations(now, current, rated),
        last=await _last(desk),
    )


async def _current(desk: Desk, alerts: Alerts) -> tuple[tuple[Alert, ...], dict[str, str]]:
    query = AlertQuery(tenant=desk.tenant, state=("open", "acknowledged"), limit=LONGEST_ALERTS)
    try:
        return (await alerts.find(query)).items, {}
    except Unavailable as error:
        return (), {"alerts": str(error)}


async def _last(desk: Desk) -> tuple[LastTicket, ...]:
    page = await desk.archive.find(TicketQuery(tenant=desk.tenant, limit=LONGEST_LIST))
    fields = {"id", "subject", "status", "category", "priority", "created_at"}
    return tuple(
        LastTicket(**ticket.model_dump(include=fields), cost_usd=ticket.usage.cost_usd) for ticket in page.items
    )
