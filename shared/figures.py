"""A figure beside that of the time before; null, with a reason, where nothing is known of it."""

from datetime import datetime

from shared.model import Model

MONTH_DAYS = 30


class Figure(Model):
    """`change` is the share by which it is above (or below zero: under) that of the period before."""

    value: float | None = None
    before: float | None = None
    change: float | None = None
    why: str | None = None


class Recommendation(Model):
    do: str
    because: str


def figure(value: float | None, before: float | None, why: str) -> Figure:
    if value is None:
        return Figure(before=before, why=why)
    change = (value - before) / before if before else None
    return Figure(value=value, before=before, change=change)


def projection(cost_usd: float, since: datetime, until: datetime) -> tuple[float, str]:
    """What a month costs that goes on like this, and how that was reckoned; less than a day counts as one."""
    days = max(1.0, (until - since).total_seconds() / 86_400)
    monthly = cost_usd / days * MONTH_DAYS
    return monthly, f"{cost_usd:.4f} USD in {days:.2f} days x {MONTH_DAYS} days = {monthly:.4f} USD"


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
