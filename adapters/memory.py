"""Conversation memory in Redis, through Agent Framework's history provider."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from shared.errors import Unavailable
from shared.thinking import Turn

MAX_TURNS = 100
EXPIRY = timedelta(days=7)

_CALL_TIMEOUT_S = 1.0
_TURN_TIMEOUT_S = 3.0
"""For a whole read or append, which is several calls and may wait for another append to the same thread."""
_LOCK_EXPIRY_S = 5.0


class RedisMemory:
    """Implements the Memory port. Connects at first use and again by itself after an outage."""

    def __init__(self, url: str):
        self._url = url
        self._opened: tuple[Any, Any] | None = None

    async def read(self, tenant: str, requester_id: str, thread: str) -> tuple[Turn, ...]:
        session = _session(tenant, requester_id, thread)
        async with self._connected() as (client, provider):
            messages = await provider.get_messages(session)
            await client.expire(_key(provider, session), EXPIRY)
        return tuple(Turn(id=message.message_id, role=message.role, text=message.text) for message in messages)

    async def append(self, tenant: str, requester_id: str, thread: str, turns: Sequence[Turn]) -> None:
        """Add the turns that are not there yet; under a lock, since the provider reads before it writes."""
        from agent_framework import Message

        session = _session(tenant, requester_id, thread)
        latest = {turn.id: turn for turn in turns[-MAX_TURNS:]}
        async with self._connected() as (client, provider):
            key = _key(provider, session)
            lock = client.lock(f"{key}|lock", timeout=_LOCK_EXPIRY_S, sleep=0.02, blocking_timeout=_TURN_TIMEOUT_S)
            async with lock:
                kept = {message.message_id for message in await provider.get_messages(session)}
                fresh = [turn for turn in latest.values() if turn.id not in kept]
                await provider.save_messages(
                    session, [Message(turn.role, [turn.text], message_id=turn.id) for turn in fresh]
                )
                await client.expire(key, EXPIRY)

    async def check(self) -> None:
        async with self._connected() as (client, _):
            await client.ping()

    async def close(self) -> None:
        if self._opened is not None:
            client, self._opened = self._opened[0], None
            await client.aclose()

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[tuple[Any, Any]]:
        from redis.exceptions import RedisError

        try:
            if self._opened is None:
                # Before the deadline starts: the first import of these packages may take seconds.
                self._opened = _open(self._url)
            async with asyncio.timeout(_TURN_TIMEOUT_S):
                yield self._opened
        except (RedisError, OSError) as error:
            raise Unavailable("redis", str(error) or type(error).__name__) from error


def _open(url: str) -> tuple[Any, Any]:
    """A client that gives up soon, and the provider on it; neither connects yet."""
    from agent_framework_redis import RedisHistoryProvider
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    client: Redis = Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=_CALL_TIMEOUT_S,
        socket_connect_timeout=_CALL_TIMEOUT_S,
        # One repeat replaces a pooled connection that a restart of the server left dead.
        retry=Retry(NoBackoff(), 1),
    )
    return client, RedisHistoryProvider(redis_client=client, application_id="helpdesk", max_messages=MAX_TURNS)


def _session(tenant: str, requester_id: str, thread: str) -> str:
    """One digest of all three parts: no id, however it is written, can reach another's conversation."""
    return hashlib.sha256(json.dumps([tenant, requester_id, thread]).encode()).hexdigest()


def _key(provider: Any, session: str) -> str:
    """Where the provider keeps a session; it offers no way to set an expiry itself."""
    return provider._redis_key(session)
