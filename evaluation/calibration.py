"""Whether confidence can be believed, and the lowest at which the desk may answer alone.

Pure: the evaluation gives pairs of a confidence and whether it was justified.
"""

import math
from collections.abc import Sequence

from evaluation.metrics import Judged, would_be_false
from shared.model import Model

BINS = 10

type Claim = tuple[float, bool]
"""A confidence, and whether what it was claimed for was right."""


class Bin(Model):
    """Claims of at least `low` and less than `high`; the last bin holds those of 1 too."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


class Reliability(Model):
    """`ece`, the expected calibration error, is the mean distance of confidence and accuracy, weighed by count."""

    bins: tuple[Bin, ...]
    ece: float


def reliability(claims: Sequence[Claim]) -> Reliability:
    bins = tuple(found for place in range(BINS) if (found := _bin(claims, place)))
    apart = math.fsum(one.count * abs(one.confidence - one.accuracy) for one in bins)
    return Reliability(bins=bins, ece=apart / len(claims) if claims else 0.0)


def _bin(claims: Sequence[Claim], place: int) -> Bin | None:
    held = [claim for claim in claims if min(int(claim[0] * BINS), BINS - 1) == place]
    if not held:
        return None
    return Bin(
        low=place / BINS,
        high=(place + 1) / BINS,
        count=len(held),
        confidence=math.fsum(confidence for confidence, _ in held) / len(held),
        accuracy=sum(right for _, right in held) / len(held),
    )


def of_category(judged: Sequence[Judged]) -> list[Claim]:
    """The analyst's own category and confidence, before any vote."""
    return [
        (told.confidence, told.analyst in case.categories)
        for case, told in judged
        if told.confidence is not None and not case.is_hostile
    ]


def of_closing(judged: Sequence[Judged]) -> list[Claim]:
    """Of each ticket that the desk closed alone, or would have but for the floor: whether that was right."""
    return [
        (told.closing, not would_be_false(case, told))
        for case, told in judged
        if told.closing is not None and (told.is_closed_alone or told.held_by_floor)
    ]


def lowest_floor(claims: Sequence[Claim], tickets: int, mark: float) -> float:
    """The lowest floor at which wrong closings are at most `mark` of all tickets: just above the first too many."""
    allowed = int(mark * tickets + 1e-9)
    wrong = sorted((confidence for confidence, right in claims if not right), reverse=True)
    if len(wrong) <= allowed:
        return 0.0
    return math.floor(wrong[allowed] * 100 + 1) / 100
