"""The arithmetic of a clock in one line that a person can check with a pencil."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.business_time import Span
from shared.sla import Pause

_SHOWN = 6
"""More stretches than this are told as the first, the last, and the sum of those between."""


def arithmetic(spans: Sequence[Span], pauses: Sequence[Pause], target_s: int, zone: str) -> str:
    """Write "elapsed A = span + span (paused ...); target B; remaining C", with B = A + C.

    Spans are whole seconds in UTC. Dates appear where a line covers more than one day, offsets where
    the clocks changed, and the zone where it is not UTC.
    """
    held = [(held.started_at, held.ended_at) for held in pauses if not _is_moment(held)]
    moments = [moment for span in (*spans, *held) for moment in span if moment is not None]
    words = _Wording(moments, ZoneInfo(zone))
    elapsed_s = sum(_seconds(span) for span in spans)
    parts = [f"elapsed {duration(elapsed_s)}"]
    if spans:
        parts.append(f" = {words.sum_of(spans)}")
    if held:
        parts.append(f" (paused {', '.join(words.span(*span) for span in _ends(held))})")
    left_s = target_s - elapsed_s
    rest = f"remaining {duration(left_s)}" if left_s > 0 else f"overdue {duration(-left_s)}"
    parts.append(f"; target {duration(target_s)}; {rest}")
    if moments and zone != "UTC":
        parts.append(f"; times in {zone}")
    return "".join(parts)


def duration(seconds: int) -> str:
    """Write a duration: "1 h 50 min", "45 s", "0 min"."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{amount} {unit}" for amount, unit in ((hours, "h"), (minutes, "min"), (left, "s")) if amount]
    return " ".join(parts) or "0 min"


class _Wording:
    """How moments are written so that those of one line can be told apart and subtracted."""

    def __init__(self, moments: Sequence[datetime], zone: ZoneInfo):
        local = [moment.astimezone(zone) for moment in moments]
        self._zone = zone
        self._dated = len({moment.date() for moment in local}) > 1
        self._clock_format = "%H:%M:%S" if any(moment.second for moment in local) else "%H:%M"
        if len({moment.utcoffset() for moment in local}) > 1:
            self._clock_format += "%:z"

    def sum_of(self, spans: Sequence[Span]) -> str:
        if len(spans) <= _SHOWN:
            return " + ".join(self.span(*span) for span in spans)
        between = spans[2:-2]
        middle = f"{len(between)} more of {duration(sum(_seconds(span) for span in between))} in all"
        shown = [self.span(*span) for span in (*spans[:2], *spans[-2:])]
        return " + ".join((*shown[:2], middle, *shown[2:]))

    def span(self, start: datetime, end: datetime | None) -> str:
        first = start.astimezone(self._zone)
        if end is None:
            return f"since {self._moment(first, None)}"
        last = end.astimezone(self._zone)
        dash = "-" if first.date() == last.date() else " to "
        return f"{self._moment(first, None)}{dash}{self._moment(last, first.date())}"

    def _moment(self, local: datetime, told: date | None) -> str:
        dated = self._dated and local.date() != told
        return local.strftime(f"%Y-%m-%d {self._clock_format}" if dated else self._clock_format)


def _is_moment(held: Pause) -> bool:
    started, ended = (at and at.replace(microsecond=0) for at in (held.started_at, held.ended_at))
    return started == ended


def _seconds(span: Span) -> int:
    return int((span[1] - span[0]).total_seconds())


def _ends[T](items: Sequence[T]) -> Sequence[T]:
    """The latest pauses say enough; the older ones are on the ticket."""
    return items if len(items) <= _SHOWN else items[-_SHOWN:]
