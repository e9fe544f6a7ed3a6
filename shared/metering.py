"""Measuring what shared/metrics.py names, for whoever collects it; nothing happens while nobody does."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from shared.metrics import METRICS, Metric
from shared.readings import Readings

DURATIONS_S = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
"""Bounds of a histogram's buckets: those that the GenAI conventions give for the duration of a call."""
STALE_AFTER = timedelta(minutes=5)
"""Older readings are nobody's any more: the timer that takes them has moved to another instance, or stopped."""


def measure(metric: Metric, value: float = 1, **attributes: str | None) -> None:
    """So much more of a counter, or one more of a histogram; without attributes that are None."""
    known = {name: said for name, said in attributes.items() if said is not None}
    instrument = instrument_of(metric)
    if metric.kind == "histogram":
        instrument.record(value, known)
    else:
        instrument.add(value, known)


class Board:
    """The newest readings, as gauges: what is no longer among them, as a circuit that has closed, is not shown on."""

    def __init__(self) -> None:
        self._found: Readings | None = None

    def show(self, found: Readings) -> None:
        if self._found is None:
            self._make_gauges()
        self._found = found

    def _make_gauges(self) -> None:
        from opentelemetry.metrics import get_meter

        meter = get_meter("helpdesk")
        for metric in METRICS:
            if metric.kind == "gauge":
                meter.create_observable_gauge(metric.name, [self._observer(metric)], metric.unit, metric.meaning)

    def _observer(self, metric: Metric) -> Callable[[Any], Iterable[Any]]:
        from opentelemetry.metrics import Observation

        def observe(_options: Any) -> list[Any]:
            if self._found is None or datetime.now(UTC) - self._found.at > STALE_AFTER:
                return []
            return [Observation(reading.value, reading.attributes) for reading in self._found.of(metric)]

        return observe


board = Board()


@cache
def instrument_of(metric: Metric) -> Any:
    from opentelemetry.metrics import get_meter

    meter = get_meter("helpdesk")
    if metric.kind == "histogram":
        return meter.create_histogram(
            metric.name, metric.unit, metric.meaning, explicit_bucket_boundaries_advisory=DURATIONS_S
        )
    return meter.create_counter(metric.name, metric.unit, metric.meaning)
