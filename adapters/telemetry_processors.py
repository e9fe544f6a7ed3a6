"""What becomes of every span and log line before it is exported: it says whose it is, and nothing private."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk._logs import LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import Status

from shared.masked_logs import masked_attributes
from shared.masking import mask
from shared.tracing import INHERITED

SHORT_CHARS = 200
NEVER_PRIVATE = frozenset((*INHERITED, "http.route", "messaging.message.id"))
"""Ids of our own: to a masker some look like secrets."""


class InheritingSpans(SpanProcessor):
    """Ticket, correlation id and instance of the span around, for spans that others make: agents, models, tools."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        own = span.attributes or {}
        around = _attributes(trace.get_current_span(parent_context))
        span.set_attributes({key: around[key] for key in INHERITED if key in around and key not in own})


class InheritingLogs(LogRecordProcessor):
    """The same for lines of the log; their texts are masked when they are made."""

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        around = _attributes(trace.get_current_span())
        known = {key: around[key] for key in INHERITED if key in around}
        written = log_record.log_record
        written.attributes = {**(written.attributes or {}), **known}

    def shutdown(self) -> None:
        return

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return True


class MaskingSpans(SpanProcessor):
    """Stands before the exporters, which are all given the same copy of a span that has ended."""

    def on_end(self, span: ReadableSpan) -> None:
        # The copy has no other way to be changed; a test holds the SDK to these names.
        copy: Any = span
        copy._attributes = _masked(span.attributes or {})
        copy._events = tuple(Event(each.name, _masked(each.attributes or {}), each.timestamp) for each in span.events)
        if span.status.description:
            copy._status = Status(span.status.status_code, _mask(span.status.description))


def _attributes(span: trace.Span) -> Mapping[str, Any]:
    return getattr(span, "attributes", None) or {}


def _masked(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Short texts repeat from span to span, and to look through one takes longer than to keep it."""
    kept = {
        name: value for name, value in attributes.items() if name in NEVER_PRIVATE or isinstance(value, int | float)
    }
    short = {
        name: _mask_short(value)
        for name, value in attributes.items()
        if name not in kept and isinstance(value, str) and len(value) <= SHORT_CHARS
    }
    rest = {name: value for name, value in attributes.items() if name not in kept and name not in short}
    return {**kept, **short, **masked_attributes(rest)}


def _mask(text: str) -> str:
    return mask(text)[0]


_mask_short = lru_cache(maxsize=4096)(_mask)
