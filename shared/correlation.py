"""Which call or message the work at hand goes back to, and in which lane: from the door to the last line of the log."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, NamedTuple

from shared.thinking import Lane

CORRELATION_KEY = "_correlation_id"
LANE_KEY = "_lane"
"""Travel beside an activity's input: no model can have fields of these names."""

_OURS = ("helpdesk", "desk")


class Trail(NamedTuple):
    """`traceparent` is the W3C trace context of the invocation at hand."""

    correlation_id: str | None = None
    traceparent: str | None = None
    lane: Lane = "interactive"


_trail: ContextVar[Trail] = ContextVar("trail", default=Trail())  # noqa: B039 a NamedTuple is immutable


def trail() -> Trail:
    return _trail.get()


@contextmanager
def following(correlation_id: str | None, traceparent: str | None = None, lane: Lane | None = None) -> Generator[None]:
    """Work within belongs to this correlation id; without a trace or lane of its own it stays in the one it was in."""
    around = _trail.get()
    token = _trail.set(Trail(correlation_id, traceparent or around.traceparent, lane or around.lane))
    try:
        yield
    finally:
        _trail.reset(token)


@cache
def log_correlation_ids() -> None:
    """From now on every record carries `correlation_id`, and the desk's own lines end with it."""
    make = logging.getLogRecordFactory()

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = make(*args, **kwargs)
        correlation_id = made.correlation_id = _trail.get().correlation_id
        if correlation_id and made.name.partition(".")[0] in _OURS:
            shown = correlation_id.replace("%", "%%") if made.args else correlation_id
            made.msg = f"{made.msg} [{shown}]"
        return made

    logging.setLogRecordFactory(record)
