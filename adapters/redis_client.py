"""How clients of Redis are opened: one patience, as the user in the URL or as the app's own Entra identity."""

import asyncio
from collections.abc import Callable
from typing import Any

from shared.loading import loaded

type Identity = Callable[[], Any]
"""Makes an Entra credential of azure-identity; called beside the event loop, for it may look around for long."""

_CALL_TIMEOUT_S = 1.0


async def opened(url: str, identity: Identity | None = None) -> Any:
    """A client that gives up soon and does not connect yet. With an identity its tokens are the password."""
    await loaded("redis.asyncio")
    if identity is None:
        return _client(url, None)
    await loaded("adapters.redis_tokens")
    from adapters.redis_tokens import entra_tokens

    return _client(url, await asyncio.to_thread(entra_tokens, identity))


def ambient_identity() -> Any:
    """The app's managed identity in Azure; on a laptop whoever has signed in with `az login`."""
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


def _client(url: str, tokens: Any) -> Any:
    from redis.asyncio import ConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    pool = ConnectionPool.from_url(
        url,
        decode_responses=True,
        socket_timeout=_CALL_TIMEOUT_S,
        socket_connect_timeout=_CALL_TIMEOUT_S,
        # One repeat replaces a pooled connection that a restart of the server left dead.
        retry=Retry(NoBackoff(), 1),
        credential_provider=tokens,
    )
    # Named twice: only a client that is told, too, gives open connections each new token.
    client: Redis = Redis(connection_pool=pool, credential_provider=tokens)
    client.auto_close_connection_pool = True
    return client
