"""Queues and blobs that bindings read and write; one client for each, made when it is first used."""

import base64
import contextlib
import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from .config import AppSettings, QueueSettings
from .errors import OutputFailed
from .expressions import UnknownExpression, resolve
from .functions import Binding, Function
from .protocol import Outcome, TypedValue

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobServiceClient
    from azure.storage.queue.aio import QueueClient

logger = logging.getLogger(__name__)


class Storage:
    """Storage accounts by the name of the setting that holds their connection string."""

    def __init__(self, settings: AppSettings, queues: QueueSettings) -> None:
        self._settings = settings
        self._base64 = queues.base64
        self._queues: dict[tuple[str, str], QueueClient] = {}
        self._blobs: dict[str, BlobServiceClient] = {}

    async def queue(self, connection: str, name: str) -> "QueueClient":
        """The queue of that name, created when it is not there."""
        from azure.core.exceptions import ResourceExistsError
        from azure.storage.queue.aio import QueueClient

        client = self._queues.get((connection, name))
        if client is None:
            client = QueueClient.from_connection_string(
                self._settings.connection_string(connection), name, **_quiet_policy()
            )
            with contextlib.suppress(ResourceExistsError):
                await client.create_queue()
            self._queues[connection, name] = client
        return client

    async def write_outputs(self, function: Function, outcome: Outcome, data: Mapping[str, Any]) -> None:
        """Carry out the queue and blob outputs of a finished invocation, `$return` among them.

        Raises:
            OutputFailed: storage refused one, or its path names something that the trigger does not have.
        """
        values = dict(outcome.outputs)
        for binding in function.outputs:
            value = outcome.return_value if binding.name == "$return" else values.get(binding.name)
            if value is not None and binding.type in ("queue", "blob"):
                await self._write(function, binding, value, data)

    async def _write(self, function: Function, binding: Binding, value: TypedValue, data: Mapping[str, Any]) -> None:
        from azure.core.exceptions import AzureError

        write = self._send if binding.type == "queue" else self._upload
        try:
            await write(binding, value, data)
        except (AzureError, UnknownExpression) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            logger.error("Output '%s' of '%s' failed: %s", binding.name, function.name, reason)
            raise OutputFailed(f"output '{binding.name}': {reason}") from error

    async def _send(self, binding: Binding, value: TypedValue, data: Mapping[str, Any]) -> None:
        client = await self.queue(binding.text("connection"), resolve(binding.text("queueName"), data))
        for message in _messages(value):
            raw = message.encode() if isinstance(message, str) else message
            await client.send_message(base64.b64encode(raw).decode() if self._base64 else raw.decode())

    async def _upload(self, binding: Binding, value: TypedValue, data: Mapping[str, Any]) -> None:
        from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

        container, _, blob = resolve(binding.text("path"), data).partition("/")
        client = self._blob_service(binding.text("connection")).get_container_client(container)
        content = value[1] if isinstance(value[1], str | bytes) else json.dumps(value[1])
        try:
            await client.upload_blob(blob, content, overwrite=True)
        except ResourceNotFoundError:
            with contextlib.suppress(ResourceExistsError):
                await client.create_container()
            await client.upload_blob(blob, content, overwrite=True)

    def _blob_service(self, connection: str) -> "BlobServiceClient":
        from azure.storage.blob.aio import BlobServiceClient

        client = self._blobs.get(connection)
        if client is None:
            text = self._settings.connection_string(connection)
            client = self._blobs[connection] = BlobServiceClient.from_connection_string(text, **_quiet_policy())
        return client

    async def close(self) -> None:
        for client in (*self._queues.values(), *self._blobs.values()):
            await client.close()


def _quiet_policy() -> dict[str, Any]:
    return {"retry_total": 3, "connection_timeout": 5, "read_timeout": 30}


def _messages(value: TypedValue) -> list[str | bytes]:
    kind, content = value
    if kind != "json":
        return [content if isinstance(content, str | bytes) else json.dumps(content)]
    decoded: object = json.loads(content)
    items = cast(list[object], decoded) if isinstance(decoded, list) else [decoded]
    return [item if isinstance(item, str) else json.dumps(item) for item in items]
