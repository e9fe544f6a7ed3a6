"""The stretches of time that count: business hours in their zone, or around the clock."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.sla import Calendar

type Span = tuple[datetime, datetime]

FOREVER = datetime.max.replace(tzinfo=UTC)


def working_spans(calendar: Calendar | None, running: Sequence[Span]) -> Iterator[Span]:
    """Yield, in order and in UTC, the parts of `running` in which work is done.

    `running` is ordered; its last span may end at FOREVER, and then the result has no end either.
    No calendar means around the clock. Raises ValueError for a calendar without a working day.
    """
    if calendar is None:
        yield from (span for span in running if span[0] < span[1])
        return
    for starts, ends in running:
        for opens, closes in _windows(calendar, starts):
            if opens >= ends:
                break
            start, end = max(opens, starts), min(closes, ends)
            if start < end:
                yield start, end


def _windows(calendar: Calendar, since: datetime) -> Iterator[Span]:
    """Yield business windows without end, from the one that may still be open at `since`.

    Wall times become UTC day by day, which is what makes a day with a clock change right. Hours that
    close at or before they open run past midnight and belong to the day on which they opened.
    """
    if not {0, 1, 2, 3, 4, 5, 6}.intersection(calendar.weekdays):
        raise ValueError("the calendar has no working day")
    zone = ZoneInfo(calendar.zone)
    overnight = timedelta(days=1 if calendar.closes <= calendar.opens else 0)
    day = since.astimezone(zone).date() - timedelta(days=1)
    while True:
        if day.weekday() in calendar.weekdays and day not in calendar.holidays:
            opens = datetime.combine(day, calendar.opens, zone).astimezone(UTC)
            closes = datetime.combine(day + overnight, calendar.closes, zone).astimezone(UTC)
            yield opens, closes
        day += timedelta(days=1)
