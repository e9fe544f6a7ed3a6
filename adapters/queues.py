"""Storage queues as the host reads them: messages are base64 of what they say."""

import asyncio
import base64
import binascii
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from adapters.storage_account import opened, told_apart
from shared.errors import Unavailable
from shared.loading import loaded
from shared.messaging import Poisoned
from shared.readings import Backlog

_DEADLINE_S = 20.0
_HIDDEN_S = 60
_NEVER = -1
_TAKEN_AT_ONCE = 32


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
        from azure.storage.queue.aio import QueueServiceClient

        if self._service is None:
            self._service, self._credential = opened(QueueServiceClient, self._connection)
        try:
            async with asyncio.timeout(_DEADLINE_S):
                yield self._service
        except AzureError as error:
            raise told_apart(error) from error
        except OSError as error:
            raise Unavailable("storage", str(error) or type(error).__name__) from error


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


async def _create(client: Any) -> None:
    from azure.core.exceptions import ResourceExistsError

    try:
        await client.create_queue()
    except ResourceExistsError:
        return
