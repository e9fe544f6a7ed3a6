"""What every queue's function shares: the correlation id of a message, and a note of why it failed."""

import json
import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple, cast

import azure.functions as func
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from shared.correlation import following
from shared.dead_letters import REPLAY_KEY, Failing
from shared.errors import DeskError
from shared.thinking import Lane
from shared.tracing import TICKET_ID, span
from triggers.services import Services, with_client
from triggers.telemetry import exporting

LONGEST_REASON_CHARS = 500
_ID_FIELDS = ("correlation_id", "correlationid")

log = logging.getLogger("helpdesk.queues")


@asynccontextmanager
async def taking(
    msg: func.QueueMessage, queue: str, client: str, lane: Lane = "interactive"
) -> AsyncGenerator[Services]:
    """Work within is on this message; when it raises, the reason is kept for the dead letter it may become."""
    body = msg.get_body()
    exporting()
    trail = _trail_of(body)
    with (
        with_client(client) as services,
        following(trail.correlation_id or str(msg.id), lane=lane),
        _message_span(msg, queue, trail),
    ):
        try:
            yield services
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"[:LONGEST_REASON_CHARS]
            log.error("a message of %s failed, try %s: %s", queue, msg.dequeue_count, reason)
            try:
                failing = Failing(attempts=msg.dequeue_count or 1, reason=reason)
                await services.dead_letters.note_failing(queue, body, failing)
            except DeskError as unnoted:
                log.error("the reason could not be kept: %s", unnoted)
            raise


def read_message(msg: func.QueueMessage) -> tuple[Any, str]:
    """What a message says, and the id it is known again by: its dead letter's where it is sent again, else its own."""
    content: Any = json.loads(msg.get_body())
    if not isinstance(content, dict):
        return content, str(msg.id)
    fields = cast(dict[str, Any], content)
    origin = fields.pop(REPLAY_KEY, None)
    return fields, str(origin or msg.id)


class _Trail(NamedTuple):
    correlation_id: str | None = None
    traceparent: str | None = None
    ticket_id: str | None = None


def _trail_of(body: bytes) -> _Trail:
    """The correlation id, the trace and the ticket that a message names, as our events do."""
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return _Trail()
    fields = cast(dict[str, Any], content) if isinstance(content, dict) else {}
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    named = [texts[name] for name in _ID_FIELDS if name in texts]
    about_ticket = texts.get("type", "").startswith("helpdesk.ticket.")
    return _Trail(
        named[0][:128] if named else None, texts.get("traceparent"), texts.get("subject") if about_ticket else None
    )


@contextmanager
def _message_span(msg: func.QueueMessage, queue: str, trail: _Trail) -> Generator[Span]:
    """Below the span that sent the message; the host's own, which knows nothing of that one, is linked."""
    host = trace.get_current_span().get_span_context()
    attributes = {
        "messaging.system": "azure_storage_queues",
        "messaging.operation.type": "process",
        "messaging.destination.name": queue,
        "messaging.message.id": str(msg.id),
        TICKET_ID: trail.ticket_id,
    }
    links = (host,) if host.is_valid and trail.traceparent else ()
    with span(
        f"process {queue}", SpanKind.CONSUMER, attributes, traceparent=trail.traceparent, links=links
    ) as current:  # fmt: skip
        yield current
