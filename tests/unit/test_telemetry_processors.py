"""What leaves with a span: whose it is, and nothing private, whoever wrote it."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from adapters.telemetry_processors import InheritingSpans, MaskingSpans
from shared.correlation import following, trail
from shared.tracing import CORRELATION_ID, INSTANCE_ID, TICKET_ID, span, starting

CARD = "4111 1111 1111 1111"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    for processor in (InheritingSpans(), MaskingSpans(), SimpleSpanProcessor(exporter)):
        provider.add_span_processor(processor)
    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", lambda: provider)
    yield exporter
    provider.shutdown()


def the(exporter: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = [each for each in exporter.get_finished_spans() if each.name == name]
    return found


def test_attributes_events_and_status_are_masked(exported: InMemorySpanExporter):
    def fail() -> None:
        with span("step", attributes={"note": f"paid with {CARD}", "long": f"{'x ' * 200} {CARD}", "count": 3}):
            raise ValueError(f"declined: {CARD}")

    with pytest.raises(ValueError, match="declined"):
        fail()
    step = the(exported, "step")
    assert CARD not in step.to_json()
    assert step.attributes is not None
    assert step.attributes["count"] == 3
    assert step.status.status_code is StatusCode.ERROR
    assert step.events[0].attributes is not None
    assert "declined" in str(step.events[0].attributes["exception.message"])


def test_our_own_ids_are_never_taken_for_secrets(exported: InMemorySpanExporter):
    with following("c" * 32), span("step", attributes={TICKET_ID: "e20d8a25af60b8e489b0b08c"}):
        pass
    assert the(exported, "step").attributes == {TICKET_ID: "e20d8a25af60b8e489b0b08c", CORRELATION_ID: "c" * 32}


def test_spans_of_others_take_over_whose_they_are(exported: InMemorySpanExporter):
    from opentelemetry import trace

    with (
        following("call-1"),
        span("step", attributes={TICKET_ID: "t1", INSTANCE_ID: "ticket-t1-1"}),
        trace.get_tracer("agents").start_as_current_span("chat", attributes={"gen_ai.system": "rules"}),
    ):
        pass
    chat = the(exported, "chat").attributes
    assert chat == {
        "gen_ai.system": "rules", TICKET_ID: "t1", INSTANCE_ID: "ticket-t1-1", CORRELATION_ID: "call-1",
    }  # fmt: skip


def test_what_is_published_within_belongs_to_the_span(exported: InMemorySpanExporter):
    with following("call-1", TRACE), span("step", traceparent=TRACE):
        inside = trail().traceparent
    step = the(exported, "step")
    assert step.parent is not None
    assert f"{step.parent.span_id:016x}" in TRACE
    assert step.context is not None
    assert inside == f"00-{TRACE.split('-')[1]}-{step.context.span_id:016x}-01"


def test_an_instance_is_known_to_the_door_that_starts_it_and_to_its_steps(exported: InMemorySpanExporter):
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    with span("door"), starting("ticket-t1-1"):
        TraceContextTextMapPropagator().inject(carrier)
    with span("activity", traceparent=carrier["traceparent"], tracestate=carrier["tracestate"]):
        pass
    assert the(exported, "door").attributes == {TICKET_ID: "t1", INSTANCE_ID: "ticket-t1-1"}
    assert the(exported, "activity").attributes == {TICKET_ID: "t1", INSTANCE_ID: "ticket-t1-1"}


def test_the_first_of_many_instances_started_names_the_span(exported: InMemorySpanExporter):
    with span("batch", attributes={INSTANCE_ID: "batch-b1"}):
        for number in range(2):
            with starting(f"ticket-t{number}-1"):
                pass
    batch = the(exported, "batch").attributes
    assert batch is not None
    assert batch[INSTANCE_ID] == "batch-b1"


def test_without_an_exporter_a_trace_is_passed_on_as_it_came():
    with following("call-1"), span("door", traceparent=TRACE):
        assert trail().traceparent == TRACE
    with span("door"):
        assert trail().traceparent is None
