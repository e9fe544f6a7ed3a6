"""What every queue's function shares: the correlation id of a message, and a note of why it failed."""

import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import azure.functions as func
from azure.durable_functions import DurableFunctionsClient

from shared.correlation import following
from shared.dead_letters import REPLAY_KEY, Failing
from shared.errors import DeskError
from shared.thinking import Lane
from triggers.services import Services, with_client

LONGEST_REASON_CHARS = 500
_ID_FIELDS = ("correlation_id", "correlationid")

log = logging.getLogger("helpdesk.queues")


@asynccontextmanager
async def taking(
    msg: func.QueueMessage, queue: str, client: DurableFunctionsClient, lane: Lane = "interactive"
) -> AsyncGenerator[Services]:
    """Work within is on this message; when it raises, the reason is kept for the dead letter it may become."""
    body = msg.get_body()
    correlation_id, traceparent = _trail_of(body)
    with with_client(client) as services, following(correlation_id or str(msg.id), traceparent, lane):
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


def _trail_of(body: bytes) -> tuple[str | None, str | None]:
    """The correlation id and the trace that a message names, as our events do."""
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None, None
    fields = cast(dict[str, Any], content) if isinstance(content, dict) else {}
    named = [fields[name] for name in _ID_FIELDS if isinstance(fields.get(name), str)]
    traceparent = fields.get("traceparent")
    return named[0][:128] if named else None, traceparent if isinstance(traceparent, str) else None
