"""History events, clocks and trace contexts as the durable protocol wants them."""

import time
import uuid
from typing import Any, NamedTuple

import durabletask.internal.orchestrator_service_pb2 as pb
from google.protobuf import timestamp_pb2, wrappers_pb2

TERMINAL = frozenset(
    {
        pb.ORCHESTRATION_STATUS_COMPLETED,
        pb.ORCHESTRATION_STATUS_FAILED,
        pb.ORCHESTRATION_STATUS_TERMINATED,
        pb.ORCHESTRATION_STATUS_CANCELED,
    }
)


class Trace(NamedTuple):
    """W3C trace context that a piece of work is invoked under."""

    parent: str | None = None
    state: str | None = None


NO_TRACE = Trace()


def now_us() -> int:
    """Return the time in microseconds since 1970, the unit of every time column."""
    return time.time_ns() // 1000


def new_id() -> str:
    """Return a fresh identifier for an execution, an instance or a hand-out."""
    return uuid.uuid4().hex


def timestamp(at_us: int) -> timestamp_pb2.Timestamp:
    """Convert a time column to protobuf."""
    value = timestamp_pb2.Timestamp()
    value.FromMicroseconds(at_us)
    return value


def text(value: str | None) -> wrappers_pb2.StringValue | None:
    """Wrap a text that may be missing; an empty one stays present."""
    return None if value is None else wrappers_pb2.StringValue(value=value)


def optional_text(message: Any, field: str) -> str | None:
    """Read a wrapped text of a message, None when it is missing."""
    return getattr(message, field).value if message.HasField(field) else None


def event(event_id: int = -1, **kind: Any) -> pb.HistoryEvent:
    """Build a history event of the one kind given, stamped with the current time."""
    return pb.HistoryEvent(eventId=event_id, timestamp=timestamp(now_us()), **kind)


def trace_of(message: Any, field: str = "parentTraceContext") -> Trace:
    """Read the trace context of a message; an absent or empty one gives an empty Trace."""
    if not message.HasField(field):
        return NO_TRACE
    context: pb.TraceContext = getattr(message, field)
    return Trace(context.traceParent or None, optional_text(context, "traceState"))


def trace_context(trace: Trace) -> pb.TraceContext | None:
    """Convert a Trace back to protobuf, None when there is none."""
    if trace.parent is None:
        return None
    return pb.TraceContext(traceParent=trace.parent, traceState=text(trace.state))


def failure(error_type: str, message: str, stack: str | None = None) -> pb.TaskFailureDetails:
    """Build failure details; an empty message is still a failure."""
    return pb.TaskFailureDetails(errorType=error_type, errorMessage=message, stackTrace=text(stack))


def raised_event(name: str, data: str | None) -> pb.HistoryEvent:
    """Build the event that an external event arrives as."""
    return event(eventRaised=pb.EventRaisedEvent(name=name, input=text(data)))
