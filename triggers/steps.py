"""The span of a step, and how long it took: one for each attempt, none for a replay."""

import time
from collections.abc import Generator
from contextlib import contextmanager

import azure.functions as func
from opentelemetry.trace import Span, SpanKind, StatusCode

from shared import metrics
from shared.exchanged import Answered
from shared.metering import measure
from shared.tracing import span

STEP = "helpdesk.step"
OUTCOME = "helpdesk.outcome"


class Attempt:
    """What became of one attempt at a step; without an answer it raised."""

    def __init__(self, current: Span):
        self._span = current
        self.outcome = "raised"

    def answered(self, answer: Answered) -> None:
        """A refusal is an outcome as good as another; a failure that will be tried again is one of the span."""
        failing = "held_back" if answer.held_back else "failed" if answer.error else "done"
        self.outcome = "refused" if answer.refused else failing
        self._span.set_attribute(OUTCOME, self.outcome)
        if self.outcome == "failed":
            self._span.set_status(StatusCode.ERROR, answer.error)


@contextmanager
def attempting(step: str, context: func.Context) -> Generator[Attempt]:
    """Below the span that the runtime hands to the activity, which goes back to whoever started the instance."""
    given = context.trace_context
    started = time.perf_counter()
    with span(
        f"activity {step}", SpanKind.INTERNAL, {STEP: step},
        traceparent=given.trace_parent, tracestate=given.trace_state,
    ) as current:  # fmt: skip
        attempt = Attempt(current)
        try:
            yield attempt
        finally:
            measure(metrics.STEP_DURATION, time.perf_counter() - started, step=step, outcome=attempt.outcome)
