"""Takes messages from a storage queue and runs the function that listens to it."""

import asyncio
import base64
import binascii
import contextlib
import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from .config import QueueSettings
from .errors import FunctionTimedOut, OutputFailed, WorkerGone
from .expressions import trigger_data
from .functions import Function
from .invocations import FunctionFailed, Invoker, Trace
from .protocol import TypedValue
from .storage import Storage

if TYPE_CHECKING:
    from azure.storage.queue import QueueMessage

logger = logging.getLogger(__name__)

# A message that a killed host had in hand comes back after this long; a running one is kept by renewals.
_LEASE_S = 30
_RENEW_AFTER_S = 10
_SHORTEST_PAUSE_S = 0.1


class QueueListener:
    """One queue trigger: polls, runs, deletes; what fails too often goes to `<queue>-poison`."""

    def __init__(self, function: Function, storage: Storage, invoker: Invoker, settings: QueueSettings) -> None:
        self._function = function
        self._storage = storage
        self._invoker = invoker
        self._settings = settings
        self._connection = function.trigger.text("connection")
        self._queue_name = function.trigger.text("queueName")
        self._in_hand: set[asyncio.Task[None]] = set()
        self._one_done = asyncio.Event()

    async def run(self) -> None:
        """Poll until cancelled; messages in hand go on after that."""
        from azure.core.exceptions import AzureError

        pause_s = _SHORTEST_PAUSE_S
        longest_s = max(self._settings.max_polling_interval.total_seconds(), _SHORTEST_PAUSE_S)
        while True:
            await self._wait_for_room()
            try:
                found = await self._take()
            except AzureError as error:
                logger.warning("Queue '%s' cannot be read: %s", self._queue_name, _first_line(error))
                await asyncio.sleep(longest_s)
                continue
            for message in found:
                task = asyncio.create_task(self._handle(message))
                self._in_hand.add(task)
                task.add_done_callback(self._done)
            if found:
                pause_s = _SHORTEST_PAUSE_S
            else:
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, longest_s)

    async def _wait_for_room(self) -> None:
        while len(self._in_hand) > self._settings.new_batch_threshold:
            self._one_done.clear()
            await self._one_done.wait()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self._one_done.set()
        if not task.cancelled() and (error := task.exception()):
            logger.error("A message of queue '%s' could not be settled: %s", self._queue_name, _first_line(error))

    async def _take(self) -> "list[QueueMessage]":
        client = await self._storage.queue(self._connection, self._queue_name)
        size = self._settings.batch_size
        pages = client.receive_messages(messages_per_page=size, max_messages=size, visibility_timeout=_LEASE_S)
        return [message async for message in pages]

    async def _handle(self, message: "QueueMessage") -> None:
        attempts = message.dequeue_count or 1
        if attempts > self._settings.max_dequeue_count:
            await self._to_poison(message)
            return
        try:
            body = _decode(message.content, self._settings.base64)
        except ValueError:
            logger.error("A message of queue '%s' is not base64", self._queue_name)
            await self._to_poison(message)
            return
        keeper = asyncio.create_task(self._keep(message))
        try:
            succeeded = await self._run_function(message, body)
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
        client = await self._storage.queue(self._connection, self._queue_name)
        if succeeded:
            await client.delete_message(message.id, message.pop_receipt)
        elif attempts >= self._settings.max_dequeue_count:
            await self._to_poison(message)
        else:
            again_s = int(self._settings.visibility_timeout.total_seconds())
            await client.update_message(message.id, message.pop_receipt, visibility_timeout=again_s)

    async def _run_function(self, message: "QueueMessage", body: str | bytes) -> bool:
        metadata = _metadata(message)
        value: TypedValue = ("string", body) if isinstance(body, str) else ("bytes", body)
        reason = f"New queue message detected on '{self._queue_name}'."
        try:
            outcome = await self._invoker.invoke(
                self._function, value, reason=reason, metadata=metadata, trace=_trace(body)
            )
            data = trigger_data({**metadata, "queueTrigger": body if isinstance(body, str) else ""}, body)
            await self._storage.write_outputs(self._function, outcome, data)
        except (FunctionFailed, FunctionTimedOut, OutputFailed, WorkerGone):
            return False
        return True

    async def _keep(self, message: "QueueMessage") -> None:
        from azure.core.exceptions import AzureError

        client = await self._storage.queue(self._connection, self._queue_name)
        while True:
            await asyncio.sleep(_RENEW_AFTER_S)
            try:
                # Shielded: a renewal that is cut off half-way would leave us with the wrong receipt.
                await asyncio.shield(self._renew(client, message))
            except AzureError as error:
                logger.warning("The lease on a message could not be renewed: %s", _first_line(error))

    async def _renew(self, client: Any, message: "QueueMessage") -> None:
        renewed = await client.update_message(message.id, message.pop_receipt, visibility_timeout=_LEASE_S)
        message.pop_receipt = renewed.pop_receipt

    async def _to_poison(self, message: "QueueMessage") -> None:
        poison_name = f"{self._queue_name}-poison"
        poison = await self._storage.queue(self._connection, poison_name)
        await poison.send_message(message.content)
        client = await self._storage.queue(self._connection, self._queue_name)
        await client.delete_message(message.id, message.pop_receipt)
        logger.warning(
            "Message has reached MaxDequeueCount of %d. Moving message to queue '%s'.",
            self._settings.max_dequeue_count,
            poison_name,
        )

    async def settle(self) -> None:
        """Wait for the messages in hand."""
        if self._in_hand:
            await asyncio.wait(self._in_hand)


def _decode(content: Any, base64_encoded: bool) -> str | bytes:
    text = str(content)
    if not base64_encoded:
        return text
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _metadata(message: "QueueMessage") -> dict[str, Any]:
    return {
        "Id": message.id,
        "DequeueCount": message.dequeue_count,
        "PopReceipt": message.pop_receipt,
        "InsertionTime": _moment(message.inserted_on),
        "ExpirationTime": _moment(message.expires_on),
        "NextVisibleTime": _moment(message.next_visible_on),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _trace(body: str | bytes) -> Trace:
    """The trace that a CloudEvent or a message with a `traceparent` field belongs to, else a new one."""
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    fields = cast(dict[str, object], content) if isinstance(content, dict) else {}
    parent, state = fields.get("traceparent"), fields.get("tracestate")
    return Trace.of(parent if isinstance(parent, str) else None, state if isinstance(state, str) else None)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
