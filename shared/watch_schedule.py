"""When a cycle of the watch is due: every so many hours, not within the maintenance window, and missed ones once."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from shared.model import Model

LATE = timedelta(minutes=10)
"""A cycle that starts so long after it was due makes up for time in which nobody looked."""


class Window(Model):
    """From one wall time to another, also over midnight; the same twice is no window."""

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    def end_after(self, moment: datetime, zone: str) -> datetime | None:
        """When the window that the moment falls in is over; None for a moment outside of it."""
        local = moment.astimezone(ZoneInfo(zone))
        wall = local.time()
        over_midnight = self.closes <= self.opens
        if self.opens == self.closes or not (
            wall >= self.opens or wall < self.closes if over_midnight else self.opens <= wall < self.closes
        ):
            return None
        day = local.date() + timedelta(days=1) if over_midnight and wall >= self.opens else local.date()
        return datetime.combine(day, self.closes, ZoneInfo(zone)).astimezone(moment.tzinfo)


@dataclass(frozen=True)
class Look:
    """What a look at the clock says: wait, start now, or skip; `next_due_at` holds once that is done."""

    verdict: Literal["wait", "start", "skip"]
    next_due_at: datetime
    missed: int = 0
    late: bool = False


def look(due_at: datetime | None, now: datetime, every: timedelta, window: Window, zone: str) -> Look:
    """A watch that never looked is first due after one period: a new desk has no day to look back on.

    A cycle that falls into the window is skipped, and due again when the window closes: no day goes by without one
    because it always falls there. However many were missed, one makes up for them.
    """
    if due_at is None or now < due_at:
        soonest = now + every
        return Look("wait", min(due_at or soonest, soonest))
    if (closes_at := window.end_after(now, zone)) is not None:
        return Look("skip", closes_at)
    periods = (now - due_at) // every
    return Look("start", due_at + every * (periods + 1), missed=periods, late=now - due_at > LATE)
