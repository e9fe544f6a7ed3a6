"""Whoever collects telemetry, on this machine: an OpenTelemetry collector and Application Insights, over HTTP."""

import gzip
import json
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.stack.desk import Json


@dataclass(frozen=True, slots=True)
class Seen:
    """A span as the collector was sent it."""

    name: str
    trace_id: str
    id: str
    parent_id: str
    start_ns: int
    end_ns: int
    attributes: Json
    links: tuple[str, ...]
    failed: bool


@dataclass(slots=True)
class Collector:
    """What came in; `raw` is everything as text, for what must stand nowhere."""

    url: str = ""
    spans: list[Seen] = field(default_factory=list[Seen])
    metrics: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    logs: list[Json] = field(default_factory=list[Json])
    envelopes: list[Json] = field(default_factory=list[Json])
    raw: list[str] = field(default_factory=list[str])

    @property
    def connection_string(self) -> str:
        return f"InstrumentationKey={uuid4()};IngestionEndpoint={self.url}/"

    def trace_of(self, name: str) -> list[Seen]:
        """All spans of the only trace that has a span of this name."""
        (trace_id,) = {span.trace_id for span in list(self.spans) if span.name == name}
        return [span for span in list(self.spans) if span.trace_id == trace_id]


@contextmanager
def collecting() -> Generator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            answer = _take(collector, self.path, body)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield collector
    finally:
        server.shutdown()


def _take(collector: Collector, path: str, body: bytes) -> bytes:
    collector.raw.append(body.decode(errors="replace"))
    match path:
        case "/v1/traces":
            collector.spans += _spans(ExportTraceServiceRequest.FromString(body))
        case "/v1/metrics":
            _keep_metrics(collector.metrics, ExportMetricsServiceRequest.FromString(body))
        case "/v1/logs":
            collector.logs += _logs(ExportLogsServiceRequest.FromString(body))
        case "/v2.1/track":
            envelopes: list[Json] = [json.loads(line) for line in body.splitlines() if line.strip()]
            if len(envelopes) == 1 and isinstance(envelopes[0], list):
                envelopes = envelopes[0]
            collector.envelopes += envelopes
            return json.dumps({"itemsReceived": len(envelopes), "itemsAccepted": len(envelopes), "errors": []}).encode()
        case _:
            pass
    return b""


def _spans(request: ExportTraceServiceRequest) -> list[Seen]:
    return [
        Seen(
            span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(),
            span.start_time_unix_nano, span.end_time_unix_nano, _attributes(span.attributes),
            tuple(link.span_id.hex() for link in span.links), span.status.code == span.status.STATUS_CODE_ERROR,
        )
        for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans
    ]  # fmt: skip


def _keep_metrics(kept: dict[str, list[Json]], request: ExportMetricsServiceRequest) -> None:
    """The newest points of each metric."""
    for resource in request.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                data: Any = getattr(metric, metric.WhichOneof("data") or "gauge")
                kept[metric.name] = [
                    _attributes(point.attributes)
                    | {
                        "value": getattr(point, "sum", None)
                        or getattr(point, "as_double", 0)
                        or getattr(point, "as_int", 0)
                    }
                    for point in data.data_points
                ]


def _logs(request: ExportLogsServiceRequest) -> list[Json]:
    return [
        _attributes(record.attributes) | {"body": record.body.string_value, "trace_id": record.trace_id.hex()}
        for resource in request.resource_logs for scope in resource.scope_logs for record in scope.log_records
    ]  # fmt: skip


def _attributes(pairs: Iterable[Any]) -> Json:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "string_value") for pair in pairs}
