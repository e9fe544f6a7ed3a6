"""Answers of agents in Redis, for questions that repeat."""

import hashlib
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from adapters.shared_redis import SharedRedis
from shared import metrics
from shared.errors import Unavailable
from shared.exchanged import Thought
from shared.metering import measure


class RedisAnswerCache:
    """Implements AnswerCache; what one tenant was answered no other ever finds."""

    def __init__(self, redis: SharedRedis, tenant: str, expiry: timedelta, off_agents: frozenset[str]):
        self._redis = redis
        self._prefix = f"helpdesk|answers|{hashlib.sha256(tenant.encode()).hexdigest()[:32]}"
        self._expiry = expiry
        self._off_agents = off_agents

    def serves(self, agent: str) -> bool:
        return agent not in self._off_agents

    async def get(self, key: str) -> Thought | None:
        """Also None for what cannot be read, as after a change of its type."""
        try:
            kept: str | None = await self._redis.ask(lambda client: client.get(f"{self._prefix}|{key}"))
            thought = Thought.model_validate_json(kept) if kept else None
        except (Unavailable, ValidationError):
            return None
        if thought is not None:
            measure(metrics.CACHE_HITS, agent=thought.agent, model=thought.model)
        return thought

    async def put(self, key: str, thought: Thought, requester_id: str = "") -> None:
        async def work(client: Any) -> None:
            if requester_id:  # listed first: what stands in no list could not be found again to be erased
                await client.sadd(self._list_of(requester_id), key)
                await client.expire(self._list_of(requester_id), self._expiry)
            await client.set(f"{self._prefix}|{key}", thought.model_dump_json(), ex=self._expiry)

        try:
            await self._redis.ask(work)
        except Unavailable:
            return

    async def forget(self, requester_id: str) -> int:
        async def work(client: Any) -> int:
            keys: set[str] = await client.smembers(self._list_of(requester_id))
            gone = [await client.delete(f"{self._prefix}|{key}") for key in keys]
            await client.delete(self._list_of(requester_id))
            return sum(gone)

        return await self._redis.ask(work)

    def _list_of(self, requester_id: str) -> str:
        return f"{self._prefix}|of|{hashlib.sha256(requester_id.encode(errors='surrogatepass')).hexdigest()}"
