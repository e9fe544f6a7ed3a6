"""How an account of Cosmos DB is opened and what its errors mean: one client for all stores, one patience."""

import asyncio
from collections.abc import Mapping
from typing import Any

from shared.errors import DeskError, Permanent, Unavailable

_PATIENCE: Mapping[str, Any] = {
    "connection_timeout": 3,
    "read_timeout": 10,
    # Short: the orchestration's own retries are the patient ones.
    "retry_total": 1,
    "retry_connect": 1,
    "retry_read": 1,
    "retry_throttle_total": 3,
    "retry_throttle_backoff_max": 5,
}
_MAY_PASS = frozenset({408, 410, 449})
"""Besides 5xx: a timeout, a partition that moves, and "retry with" of concurrent writes."""


class Cosmos:
    """Opens at first use. `account_key` is a local emulator's; without one the app's Entra identity is used."""

    def __init__(self, endpoint: str, database: str, account_key: str | None = None):
        self._endpoint = endpoint
        self._database = database
        self._key = account_key
        self._client: Any = None
        self._credential: Any = None
        self._known: set[str] = set()
        self._opening = asyncio.Lock()

    async def container(self, name: str) -> Any:
        """Raises AzureError; also where there is no such container, which is told apart from a missing item so."""
        async with self._opening:
            if self._client is None:
                self._client = await self._opened()
            container = self._client.get_database_client(self._database).get_container_client(name)
            if name not in self._known:
                await container.read()
                self._known.add(name)
        return container

    async def close(self) -> None:
        for closable in (self._client, self._credential):
            if closable is not None:
                await closable.close()
        self._client = self._credential = None
        self._known.clear()

    async def _opened(self) -> Any:
        from azure.cosmos.aio import CosmosClient

        if self._key is None and self._credential is None:
            from azure.identity.aio import DefaultAzureCredential

            self._credential = DefaultAzureCredential()
        client = CosmosClient(self._endpoint, credential=self._key or self._credential, **_PATIENCE)
        try:
            await client.__aenter__()
        except BaseException:
            await client.close()
            raise
        return client


def told_apart(dependency: str, error: Any) -> DeskError:
    """A refusal is permanent; what may pass is Unavailable, also 429: whoever can do without the store then does."""
    status = getattr(error, "status_code", None)
    if status == 429:
        headers: Mapping[str, str] = error.headers or {}
        wait_ms = headers.get("x-ms-retry-after-ms")
        return Unavailable(dependency, "too many requests", int(wait_ms) / 1000 if wait_ms else None)
    what = str(error).partition("\n")[0] or type(error).__name__
    if status is None or status >= 500 or status in _MAY_PASS:
        return Unavailable(dependency, what)
    return Permanent(f"{dependency}: refused with {status}: {what}")
