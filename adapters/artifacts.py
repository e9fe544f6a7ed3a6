"""What is too large for history, in Azure Blob storage (or its emulator)."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.storage_account import opened, told_apart
from shared.errors import DeskError, Permanent, Unavailable
from shared.loading import loaded

_DEADLINE_S = 60.0
_PURGE_DEADLINE_S = 600.0
_CHECK_DEADLINE_S = 5.0


class BlobArtifacts:
    """Implements the Artifacts port; creates the container once, connects at first use.

    `connection` is a connection string, or the https URL of a blob service that the ambient Entra identity
    may use.
    """

    def __init__(self, connection: str, container: str = "desk"):
        self._connection = connection
        self._name = container
        self._container: Any = None
        self._credential: Any = None
        self._is_created = False

    async def write(self, path: str, data: bytes, content_type: str = "application/json") -> None:
        await self._upload(path, data, content_type, overwrite=True)

    async def create(self, path: str, data: bytes, content_type: str = "application/json") -> bool:
        """False also for a writer whose first try arrived without its knowing: whose blob it is stands in it."""
        return await self._upload(path, data, content_type, overwrite=False)

    async def _upload(self, path: str, data: bytes, content_type: str, *, overwrite: bool) -> bool:
        from azure.core.exceptions import ResourceExistsError
        from azure.storage.blob import ContentSettings

        async with self._opened(_DEADLINE_S) as container:
            settings = ContentSettings(content_type=content_type)
            try:
                await container.upload_blob(path, data, overwrite=overwrite, content_settings=settings)
            except ResourceExistsError as error:
                if overwrite or getattr(error, "error_code", None) != "BlobAlreadyExists":
                    raise
                return False
        return True

    async def read(self, path: str) -> bytes:
        async with self._opened(_DEADLINE_S) as container:
            download = await container.download_blob(path)
            return await download.readall()

    async def swap(self, path: str, old: bytes | None, new: bytes, content_type: str = "application/json") -> bool:
        """False also for a writer whose first try arrived without its knowing, as with `create`."""
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
        from azure.storage.blob import ContentSettings

        if old is None:
            return await self.create(path, new, content_type)
        async with self._opened(_DEADLINE_S) as container:
            try:
                download = await container.download_blob(path)
                if await download.readall() != old:
                    return False
                await container.upload_blob(
                    path,
                    new,
                    overwrite=True,
                    etag=download.properties.etag,
                    match_condition=MatchConditions.IfNotModified,
                    content_settings=ContentSettings(content_type=content_type),
                )
            except (ResourceModifiedError, ResourceNotFoundError) as error:
                if str(getattr(error, "error_code", None)).startswith("Container"):
                    raise
                return False
        return True

    async def versions(self, prefix: str) -> Mapping[str, str]:
        async with self._opened(_DEADLINE_S) as container:
            return {blob.name: blob.etag async for blob in container.list_blobs(name_starts_with=prefix)}

    async def list(self, prefix: str) -> tuple[str, ...]:
        async with self._opened(_DEADLINE_S) as container:
            return tuple([name async for name in container.list_blob_names(name_starts_with=prefix)])

    async def delete(self, path: str) -> bool:
        from azure.core.exceptions import ResourceNotFoundError

        async with self._opened(_DEADLINE_S) as container:
            try:
                await container.delete_blob(path)
            except ResourceNotFoundError as error:
                if getattr(error, "error_code", None) == "ContainerNotFound":
                    raise
                return False
        return True

    async def remove_older(self, prefix: str, before: datetime) -> int:
        from azure.core.exceptions import ResourceNotFoundError

        removed = 0
        async with self._opened(_PURGE_DEADLINE_S) as container:
            async for blob in container.list_blobs(name_starts_with=prefix):
                if blob.last_modified < before:
                    with contextlib.suppress(ResourceNotFoundError):
                        await container.delete_blob(blob.name)
                        removed += 1
        return removed

    async def link(self, path: str, lifetime: timedelta) -> str:
        """A URL that lets whoever has it read the blob until its time is over; the blob need not be there yet."""
        from azure.storage.blob import BlobSasPermissions, generate_blob_sas

        expiry = datetime.now(UTC) + lifetime
        async with self._opened(_DEADLINE_S) as container:
            signature = generate_blob_sas(
                account_name=container.account_name,
                container_name=self._name,
                blob_name=path,
                permission=BlobSasPermissions(read=True),
                expiry=expiry,
                **await self._signing(container, expiry),
            )
            return f"{container.get_blob_client(path).url}?{signature}"

    async def _signing(self, container: Any, expiry: datetime) -> dict[str, Any]:
        """The account's own key, or one that the identity is lent until the expiry."""
        if self._credential is None:
            return {"account_key": container.credential.account_key}
        from azure.storage.blob.aio import BlobServiceClient

        async with BlobServiceClient(self._connection, credential=self._credential) as service:
            return {"user_delegation_key": await service.get_user_delegation_key(datetime.now(UTC), expiry)}

    async def check(self) -> None:
        """Raise Unavailable unless the container answers, also where it refuses us."""
        try:
            async with self._opened(_CHECK_DEADLINE_S) as container:
                await container.get_container_properties()
        except Unavailable:
            raise
        except DeskError as error:
            raise Unavailable("storage", str(error)) from error

    async def close(self) -> None:
        for closable in (self._container, self._credential):
            if closable is not None:
                await closable.close()
        self._container = self._credential = None

    @asynccontextmanager
    async def _opened(self, deadline_s: float) -> AsyncGenerator[Any]:
        await loaded("azure.storage.blob.aio")
        from azure.core.exceptions import AzureError
        from azure.storage.blob.aio import ContainerClient

        if self._container is None:
            self._container, self._credential = opened(ContainerClient, self._connection, self._name)
        try:
            async with asyncio.timeout(deadline_s):
                if not self._is_created:
                    await _create(self._container)
                    self._is_created = True
                yield self._container
        except AzureError as error:
            raise self._told_apart(error) from error
        except OSError as error:
            raise Unavailable("storage", str(error) or type(error).__name__) from error

    def _told_apart(self, error: Any) -> DeskError:
        """Missing blobs and refusals are permanent; a vanished container is made again at the next try."""
        if str(getattr(error, "error_code", None) or "").startswith("Container"):
            self._is_created = False
            return Unavailable("storage", str(error).partition("\n")[0])
        if getattr(error, "status_code", None) == 404:
            return Permanent(f"there is no such blob ({error.reason})")
        return told_apart(error)


async def _create(container: Any) -> None:
    from azure.core.exceptions import ResourceExistsError

    try:
        await container.create_container()
    except ResourceExistsError as error:
        if getattr(error, "error_code", None) == "ContainerBeingDeleted":
            raise
