"""Where traces, metrics and logs go: to Application Insights, to an OpenTelemetry collector, to both or nowhere.

Exporters send from threads of their own, out of queues that drop what is too much: one that is down holds up nobody.
"""

import logging
import os
from collections.abc import Callable
from typing import cast

from agent_framework.observability import enable_instrumentation
from opentelemetry import metrics, trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from adapters.telemetry_processors import InheritingLogs, InheritingSpans, MaskingSpans
from shared.settings import Settings

LOGGERS = ("helpdesk", "desk")
INSTRUMENTATIONS = (
    "azure_sdk", "django", "fastapi", "flask", "httpx", "psycopg2", "requests", "urllib", "urllib3",
)  # fmt: skip
"""Those of the distribution: a span for every call of every SDK would bury a ticket's own."""


def start(settings: Settings) -> None:
    """Export what the settings say, from now on; once per process."""
    enable_instrumentation(enable_sensitive_data=settings.telemetry_content)
    spans: list[SpanProcessor] = [InheritingSpans(), MaskingSpans()]
    records: list[LogRecordProcessor] = [InheritingLogs()]
    readers: list[MetricReader] = []
    if settings.otel_exporter_otlp_endpoint:
        span, record, reader = _otlp()
        spans.append(span)
        records.append(record)
        readers.append(reader)
    if settings.applicationinsights_connection_string:
        _to_application_insights(settings.applicationinsights_connection_string, spans, records, readers)
    else:
        _to_collector(spans, records, readers)
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(handler, LoggingHandler) for handler in logger.handlers):
            logger.addHandler(LoggingHandler())


def _otlp() -> tuple[SpanProcessor, LogRecordProcessor, MetricReader]:
    """The exporters read the endpoint and all else that OTEL_EXPORTER_OTLP_... says themselves."""
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return (
        BatchSpanProcessor(OTLPSpanExporter()),
        BatchLogRecordProcessor(OTLPLogExporter()),
        PeriodicExportingMetricReader(OTLPMetricExporter()),
    )


def _to_application_insights(
    connection_string: str, spans: list[SpanProcessor], records: list[LogRecordProcessor], readers: list[MetricReader]
) -> None:
    """The distribution makes the providers; the identity it finds in APPLICATIONINSIGHTS_AUTHENTICATION_STRING."""
    from azure.monitor import opentelemetry as distribution

    configure = cast(Callable[..., None], distribution.configure_azure_monitor)
    configure(
        connection_string=connection_string,
        resource=_resource(),
        span_processors=spans,
        log_record_processors=records,
        metric_readers=readers,
        logger_name=LOGGERS[0],
        instrumentation_options={name: {"enabled": False} for name in INSTRUMENTATIONS},
        enable_live_metrics=False,
        disable_offline_storage=True,
    )


def _to_collector(spans: list[SpanProcessor], records: list[LogRecordProcessor], readers: list[MetricReader]) -> None:
    resource = _resource()
    tracing, logs = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    for span in spans:
        tracing.add_span_processor(span)
    for record in records:
        logs.add_log_record_processor(record)
    trace.set_tracer_provider(tracing)
    set_logger_provider(logs)
    metrics.set_meter_provider(MeterProvider(readers, resource=resource))


def _resource() -> Resource:
    """A name of the operator's own, by OTEL_SERVICE_NAME or the app's in Azure, wins."""
    named = os.environ.get("OTEL_SERVICE_NAME") or os.environ.get("WEBSITE_SITE_NAME") or "helpdesk"
    return Resource.create({"service.name": named})
