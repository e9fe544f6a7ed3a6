"""Measuring what shared/metrics.py names, for whoever collects it; nothing happens while nobody does."""

from functools import cache
from typing import Any

from shared.metrics import Metric
from shared.readings import Readings


def measure(metric: Metric, value: float = 1, **attributes: str | None) -> None:
    """So much more of a counter, one more of a histogram, the value of a gauge; without attributes that are None."""
    known = {name: said for name, said in attributes.items() if said is not None}
    instrument = instrument_of(metric)
    match metric.kind:
        case "counter":
            instrument.add(value, known)
        case "histogram":
            instrument.record(value, known)
        case "gauge":
            instrument.set(value, known)


def show(found: Readings) -> None:
    """Set every gauge that has a value."""
    from shared.metrics import METRICS

    by_name = {metric.name: metric for metric in METRICS}
    for reading in found.values:
        measure(by_name[reading.metric], reading.value, **reading.attributes)


@cache
def instrument_of(metric: Metric) -> Any:
    from opentelemetry.metrics import get_meter

    meter = get_meter("helpdesk")
    make = {"counter": meter.create_counter, "histogram": meter.create_histogram, "gauge": meter.create_gauge}
    return make[metric.kind](metric.name, unit=metric.unit, description=metric.meaning)
