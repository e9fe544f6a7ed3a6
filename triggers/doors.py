"""The span of a call at an HTTP door, by the conventions of OpenTelemetry."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import cast
from urllib.parse import urlsplit

import azure.functions as func
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from shared.tracing import TICKET_ID, span

SERVER_ERROR = 500


@contextmanager
def door_span(request: func.HttpRequest) -> Generator[Span]:
    """Below the host's own span where the host has one, else below the caller's."""
    route = route_of(request)
    headers = cast(Mapping[str, str], request.headers)
    traceparent = None if trace.get_current_span().get_span_context().is_valid else headers.get("traceparent")
    attributes = {"http.request.method": request.method, "http.route": route, TICKET_ID: _ticket_id(request, route)}
    with span(f"{request.method} {route}", SpanKind.SERVER, attributes, traceparent=traceparent) as current:
        yield current


def answered(current: Span, status: int) -> None:
    current.set_attribute("http.response.status_code", status)
    if status >= SERVER_ERROR:
        current.set_status(StatusCode.ERROR)


def route_of(request: func.HttpRequest) -> str:
    """The path with the names of its parameters, so that calls of one door are one kind of span."""
    names = {value: name for name, value in request.route_params.items()}
    parts = urlsplit(request.url).path.split("/")
    return "/".join(f"{{{names[part]}}}" if part in names else part for part in parts)


def _ticket_id(request: func.HttpRequest, route: str) -> str | None:
    return request.route_params.get("id") if route.startswith("/api/tickets/{id}") else None
