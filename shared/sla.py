"""Service-level clocks: targets by priority, business hours, pauses, and the arithmetic shown to people."""

from datetime import date, datetime, time

from pydantic import AwareDatetime, Field

from shared.model import Model
from shared.tickets import Priority


class Calendar(Model):
    """When the desk is staffed. Weekdays count from Monday 0; holidays are whole days in `zone`."""

    zone: str = "UTC"
    opens: time = time(9, 0)
    closes: time = time(17, 0)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: tuple[date, ...] = ()


class Target(Model):
    """How long a priority may take. P1 runs around the clock, the others in business hours."""

    first_response_s: int = Field(gt=0)
    resolution_s: int = Field(gt=0)
    business_hours: bool = True


class SlaPolicy(Model):
    calendar: Calendar = Calendar()
    targets: dict[Priority, Target]


class Pause(Model):
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None


class Clock(Model):
    """One running promise; immutable, so every change gives a new clock."""

    started_at: AwareDatetime
    target_s: int
    business_hours: bool
    pauses: tuple[Pause, ...] = ()
    stopped_at: AwareDatetime | None = None


class ClockReading(Model):
    """A clock as the API shows it; durations in seconds; remaining is negative once overdue.

    `due_at` is the moment of the breach; None while paused before it, since nobody can know it then.
    """

    started_at: datetime
    due_at: datetime | None
    target_s: int
    elapsed_s: int
    remaining_s: int
    paused: bool
    breached: bool
    stopped_at: datetime | None
    arithmetic: str


class Clocks(Model):
    first_response: Clock
    resolution: Clock
