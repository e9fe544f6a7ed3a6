"""A Redis that several adapters of a process share and that may be gone: asked again only after a pause."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.redis_client import Identity, opened
from shared.errors import Unavailable
from shared.loading import loaded

LEFT_ALONE_S = 5.0
_ASK_TIMEOUT_S = 2.0


class SharedRedis:
    """Connects at first use and again by itself. Without a URL it is always gone."""

    def __init__(self, url: str | None, identity: Identity | None = None):
        self._url = url
        self._identity = identity
        self._client: Any = None
        self._gone_until = 0.0

    async def ask[T](self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Do some work on the client. Raises Unavailable, at once while it was gone a moment ago."""
        if self._url is None or time.monotonic() < self._gone_until:
            raise Unavailable("redis", "not there")
        await loaded("redis.asyncio")
        from redis.exceptions import RedisError

        if self._client is None:
            client = await opened(self._url, self._identity)
            self._client = self._client or client
        try:
            async with asyncio.timeout(_ASK_TIMEOUT_S):
                return await work(self._client)
        except (RedisError, OSError) as error:
            self._gone_until = time.monotonic() + LEFT_ALONE_S
            raise Unavailable("redis", str(error) or type(error).__name__) from error

    async def close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()
