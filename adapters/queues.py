"""Storage queues as the host reads them: messages are base64 of what they say."""

import asyncio
import base64
import binascii
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from shared.errors import DeskError, Permanent, Unavailable
from shared.loading import loaded
from shared.messaging import Poisoned
from shared.readings import Backlog

_CONNECT_TIMEOUT_S = 3
_READ_TIMEOUT_S = 10
_DEADLINE_S = 20.0
_HIDDEN_S = 60
_NEVER = -1
_TAKEN_AT_ONCE = 32
_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


class StorageQueues:
    """Implements the Queues port; connects at first use, and creates a queue when it is missing.

    `connection` is a connection string, or the https URL of a queue service that the ambient Entra identity may use.
    """

    def __init__(self, connection: str):
        self._connection = connection
        self._service: Any = None
        self._credential: Any = None

    async def send(self, queue: str, body: bytes) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        content = base64.b64encode(body).decode()
        async with self._opened() as service:
            client = service.get_queue_client(queue)
            try:
                await client.send_message(content, time_to_live=_NEVER)
            except ResourceNotFoundError:
                await _create(client)
                await client.send_message(content, time_to_live=_NEVER)

    async def backlog(self, queue: str) -> Backlog:
        from azure.core.exceptions import ResourceNotFoundError

        async with self._opened() as service:
            client = service.get_queue_client(queue)
            try:
                properties = await client.get_queue_properties()
                first: list[Any] = await client.peek_messages()
            except ResourceNotFoundError:
                return Backlog(count=0)
        oldest_at = first[0].inserted_on if first else None
        return Backlog(count=properties.approximate_message_count or 0, oldest_at=oldest_at)

    async def take_poisoned(self, queue: str) -> tuple[Poisoned, ...]:
        from azure.core.exceptions import ResourceNotFoundError

        async with self._opened() as service:
            client = service.get_queue_client(f"{queue}-poison")
            try:
                pages = client.receive_messages(max_messages=_TAKEN_AT_ONCE, visibility_timeout=_HIDDEN_S)
                return tuple([_poisoned(queue, message) async for message in pages])
            except ResourceNotFoundError:
                return ()

    async def remove_poisoned(self, message: Poisoned) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        async with self._opened() as service:
            client = service.get_queue_client(f"{message.queue}-poison")
            try:
                await client.delete_message(message.id, message.receipt)
            except ResourceNotFoundError:
                return

    async def close(self) -> None:
        for closable in (self._service, self._credential):
            if closable is not None:
                await closable.close()
        self._service = self._credential = None

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[Any]:
        await loaded("azure.storage.queue.aio")
        from azure.core.exceptions import AzureError

        if self._service is None:
            self._service = self._open()
        try:
            async with asyncio.timeout(_DEADLINE_S):
                yield self._service
        except AzureError as error:
            raise _told_apart(error) from error
        except OSError as error:
            raise Unavailable("storage", str(error) or type(error).__name__) from error

    def _open(self) -> Any:
        from azure.storage.queue.aio import QueueServiceClient

        # At INFO the SDK logs every request with its headers, several lines each.
        logging.getLogger("azure.core.pipeline").setLevel(logging.WARNING)
        options: dict[str, Any] = {
            "connection_timeout": _CONNECT_TIMEOUT_S,
            "read_timeout": _READ_TIMEOUT_S,
            "retry_total": 1,
            "initial_backoff": 1,
            "increment_base": 2,
            "random_jitter_range": 1,
        }
        if self._connection.startswith("https://"):
            from azure.identity.aio import DefaultAzureCredential

            self._credential = DefaultAzureCredential()
            return QueueServiceClient(self._connection, credential=self._credential, **options)
        try:
            return QueueServiceClient.from_connection_string(self._connection, **options)
        except ValueError as error:
            raise Permanent("the storage connection is neither a connection string nor an https URL") from error


def _poisoned(queue: str, message: Any) -> Poisoned:
    return Poisoned(
        queue=queue, id=message.id, receipt=message.pop_receipt, at=message.inserted_on, body=_decoded(message.content)
    )


def _decoded(content: str) -> bytes:
    """What a message says; one that was put there without base64 is taken as it is."""
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return content.encode()


def _told_apart(error: Any) -> DeskError:
    status = getattr(error, "status_code", None)
    if status is not None and status not in _TRY_AGAIN:
        return Permanent(f"storage refused: {status} {getattr(error, 'error_code', None) or error.reason}")
    return Unavailable("storage", str(error).partition("\n")[0])


async def _create(client: Any) -> None:
    from azure.core.exceptions import ResourceExistsError

    try:
        await client.create_queue()
    except ResourceExistsError:
        return
