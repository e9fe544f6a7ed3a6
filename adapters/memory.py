"""Conversation memory in Redis, through Agent Framework's history provider."""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.paging import moment, page_size, position
from adapters.redis_client import Identity, opened
from agents.turns import message_of, turn_of
from shared.cursors import opaque
from shared.errors import Unavailable
from shared.loading import loaded
from shared.memory import Summary, ThreadInfo, ThreadPage
from shared.thinking import Turn

MAX_TURNS = 100
EXPIRY = timedelta(days=7)

_TURN_TIMEOUT_S = 3.0
"""For a whole read or append, which is several calls and may wait for another append to the same thread."""
_LOCK_EXPIRY_S = 5.0


class RedisMemory:
    """Implements the Memory port. Connects at first use and again by itself after an outage."""

    def __init__(self, url: str, identity: Identity | None = None):
        self._url = url
        self._identity = identity
        self._opened: tuple[Any, Any] | None = None

    async def read(self, tenant: str, requester_id: str, thread: str) -> tuple[Turn, ...]:
        session = _session(tenant, requester_id, thread)
        async with self._connected() as (client, provider):
            messages = await provider.get_messages(session)
            if await _renew(client, _key(provider, session), session):
                await _list_thread(client, tenant, requester_id, thread)
        return _whole(tuple(turn_of(message) for message in messages))

    async def append(self, tenant: str, requester_id: str, thread: str, turns: Sequence[Turn]) -> None:
        """Add the turns that are not there yet; under a lock, since the provider reads before it writes."""
        session = _session(tenant, requester_id, thread)
        latest = {turn.id: turn for turn in turns[-MAX_TURNS:]}
        async with self._connected() as (client, provider):
            key = _key(provider, session)
            lock = client.lock(f"{key}|lock", timeout=_LOCK_EXPIRY_S, sleep=0.02, blocking_timeout=_TURN_TIMEOUT_S)
            async with lock:
                # Listed first: what stands in no list could not be found again to be erased.
                await _list_thread(client, tenant, requester_id, thread)
                kept = {message.message_id for message in await provider.get_messages(session)}
                fresh = [turn for turn in latest.values() if turn.id not in kept]
                await provider.save_messages(session, [message_of(turn) for turn in fresh])
                await _renew(client, key, session)

    async def summary(self, tenant: str, requester_id: str, thread: str) -> Summary | None:
        async with self._connected() as (client, _):
            kept = await client.get(_summary_key(_session(tenant, requester_id, thread)))
        return Summary.model_validate_json(kept) if kept else None

    async def keep_summary(self, tenant: str, requester_id: str, thread: str, summary: Summary) -> None:
        async with self._connected() as (client, _):
            await _list_thread(client, tenant, requester_id, thread)
            key = _summary_key(_session(tenant, requester_id, thread))
            await client.set(key, summary.model_dump_json(), ex=EXPIRY)

    async def threads(self, tenant: str, requester_id: str, limit: int, cursor: str | None = None) -> ThreadPage:
        after = position(cursor) if cursor is not None else None
        async with self._connected() as (client, _):
            index = _threads_key(tenant, requester_id)
            oldest = time.time() - EXPIRY.total_seconds()
            found: list[tuple[str, float]] = await client.zrange(
                index, "+inf", oldest, desc=True, byscore=True, withscores=True
            )
        lines = sorted(((moment(datetime.fromtimestamp(at, UTC)), thread) for thread, at in found), reverse=True)
        left = [line for line in lines if after is None or line < after]
        page = left[: page_size(limit)]
        return ThreadPage(
            items=tuple(ThreadInfo(thread=thread, last_used_at=datetime.fromisoformat(at)) for at, thread in page),
            next_cursor=opaque(*page[-1]) if len(left) > len(page) else None,
        )

    async def forget(self, tenant: str, requester_id: str, thread: str) -> bool:
        session = _session(tenant, requester_id, thread)
        async with self._connected() as (client, provider):
            gone = await client.delete(_key(provider, session), _summary_key(session))
            await client.zrem(_threads_key(tenant, requester_id), thread)
        return gone > 0

    async def forget_requester(self, tenant: str, requester_id: str) -> int:
        """Thread by thread: a crash leaves what is left in the list, for the next call."""
        async with self._connected() as (client, _):
            listed: list[str] = await client.zrange(_threads_key(tenant, requester_id), 0, -1)
        return sum([await self.forget(tenant, requester_id, thread) for thread in listed])

    async def check(self) -> None:
        async with self._connected() as (client, _):
            await client.ping()

    async def close(self) -> None:
        if self._opened is not None:
            client, self._opened = self._opened[0], None
            await client.aclose()

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[tuple[Any, Any]]:
        await loaded("agent_framework_redis", "redis.asyncio")
        from redis.exceptions import RedisError

        try:
            if self._opened is None:
                client = await opened(self._url, self._identity)
                self._opened = self._opened or (client, _provider(client))
            async with asyncio.timeout(_TURN_TIMEOUT_S):
                yield self._opened
        except (RedisError, OSError) as error:
            raise Unavailable("redis", str(error) or type(error).__name__) from error


def _provider(client: Any) -> Any:
    from agent_framework_redis import RedisHistoryProvider

    return RedisHistoryProvider(redis_client=client, application_id="helpdesk", max_messages=MAX_TURNS)


def _session(tenant: str, requester_id: str, thread: str) -> str:
    """One digest of all three parts: no id, however it is written, can reach another's conversation."""
    return hashlib.sha256(json.dumps([tenant, requester_id, thread]).encode()).hexdigest()


def _threads_key(tenant: str, requester_id: str) -> str:
    """The list of a requester's threads, by when each was last used."""
    return f"helpdesk|threads|{hashlib.sha256(json.dumps([tenant, requester_id]).encode()).hexdigest()}"


def _summary_key(session: str) -> str:
    return f"helpdesk|summary|{session}"


async def _list_thread(client: Any, tenant: str, requester_id: str, thread: str) -> None:
    """Used now; in one round trip, since every ticket waits for each."""
    index, now = _threads_key(tenant, requester_id), time.time()
    async with client.pipeline(transaction=False) as pipe:
        pipe.zadd(index, {thread: now})
        pipe.zremrangebyscore(index, 0, now - EXPIRY.total_seconds())
        pipe.expire(index, EXPIRY)
        await pipe.execute()


async def _renew(client: Any, key: str, session: str) -> bool:
    """The thread and its summary live as long as its place in the list; False where there is no thread."""
    async with client.pipeline(transaction=False) as pipe:
        pipe.expire(key, EXPIRY)
        pipe.expire(_summary_key(session), EXPIRY)
        is_there, _ = await pipe.execute()
    return bool(is_there)


def _whole(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Without the results whose calls the trimming took: a model refuses one without the other."""
    called = {turn.call_id for turn in turns if turn.role == "assistant"}
    return tuple(turn for turn in turns if turn.role != "tool" or turn.call_id in called)


def _key(provider: Any, session: str) -> str:
    """Where the provider keeps a session; it offers no way to set an expiry itself."""
    return provider._redis_key(session)
