"""Spans of the desk's own work, one tree from the door to the last event.

While nobody exports them, spans do nothing, and the trace they were given is passed on as it came.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.correlation import following, trail
from shared.names import ticket_of

TICKET_ID = "helpdesk.ticket.id"
CORRELATION_ID = "helpdesk.correlation_id"
INSTANCE_ID = "durabletask.task.instance_id"
INHERITED = (TICKET_ID, CORRELATION_ID, INSTANCE_ID)
"""What every span within another takes over from it, those of agents, models and tools too."""

STATE_KEY = "helpdesk"
"""Under it the trace state names the instance a piece of work belongs to: the runtime hands it to every activity."""

_TRACER = "helpdesk"
_W3C = TraceContextTextMapPropagator()


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int | float | None] | None = None,
    *,
    traceparent: str | None = None,
    tracestate: str | None = None,
    links: Sequence[SpanContext] = (),
    started_at: datetime | None = None,
) -> Generator[Span]:
    """A span below `traceparent`, else below the one at hand; what is published or started within belongs to it."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        with following(trail().correlation_id, traceparent):
            yield trace.INVALID_SPAN
        return
    parent = _context(traceparent, tracestate)
    state = trace.get_current_span(parent).get_span_context().trace_state
    known = {**about(state.get(STATE_KEY)), CORRELATION_ID: trail().correlation_id, **(attributes or {})}
    with (
        trace.get_tracer(_TRACER).start_as_current_span(
            name,
            context=parent,
            kind=kind,
            attributes={key: value for key, value in known.items() if value is not None},
            links=[Link(each) for each in links],
            start_time=int(started_at.timestamp() * 1e9) if started_at else None,
        ) as current,
        following(trail().correlation_id, _traceparent(current)),
    ):
        yield current


@contextmanager
def starting(instance_id: str) -> Generator[None]:
    """An instance that is started within is known by its id to all that works for it, and to the span at hand."""
    current = trace.get_current_span()
    here = current.get_span_context()
    if not here.is_valid:
        yield
        return
    known: Mapping[str, object] = getattr(current, "attributes", None) or {}
    current.set_attributes({key: value for key, value in about(instance_id).items() if key not in known})
    others = [(key, value) for key, value in here.trace_state.items() if key != STATE_KEY]
    state = TraceState([(STATE_KEY, instance_id), *others])
    named = SpanContext(here.trace_id, here.span_id, False, here.trace_flags, state)
    with trace.use_span(NonRecordingSpan(named)):
        yield


def about(instance_id: str | None) -> dict[str, str]:
    """What spans say of an instance."""
    if not instance_id:
        return {}
    ticket_id = ticket_of(instance_id)
    return {INSTANCE_ID: instance_id, **({TICKET_ID: ticket_id} if ticket_id else {})}


def context_of(traceparent: str | None) -> SpanContext | None:
    """The span that a W3C traceparent names."""
    found = trace.get_current_span(_context(traceparent, None)).get_span_context() if traceparent else None
    return found if found is not None and found.is_valid else None


def _context(traceparent: str | None, tracestate: str | None) -> Context | None:
    if not traceparent:
        return None
    return _W3C.extract({"traceparent": traceparent, **({"tracestate": tracestate} if tracestate else {})})


def _traceparent(current: Span) -> str | None:
    carrier: dict[str, str] = {}
    _W3C.inject(carrier, trace.set_span_in_context(current))
    return carrier.get("traceparent")
