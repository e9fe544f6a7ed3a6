"""Small states that all processes change together in Redis, and each on its own while Redis is gone."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from adapters.shared_redis import SharedRedis
from shared.errors import Unavailable

type Change[T] = Callable[[str | None, float], tuple[str | None, T]]
"""From a state and the time to the next state and an answer. Pure: it may be asked more than once."""

_SWAP = """
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if (kept or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
"""
"""Writes only where nobody else has written since the state was read."""

log = logging.getLogger("helpdesk.guard")


class SharedState:
    """States by the name of their set and their own. The clock is Redis's own, so that no two processes differ."""

    def __init__(self, redis: SharedRedis, clock: Callable[[], float] = time.time):
        self._redis = redis
        self._clock = clock
        self._local: dict[str, dict[str, str]] = defaultdict(dict)
        self._turns: dict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def change[T](self, kind: str, name: str, change: Change[T]) -> T:
        """Change one state as if alone."""
        try:
            async with self._turns[kind, name]:  # the compare-and-swap then only competes with other processes
                return await self._redis.ask(lambda client: _swapped(client, _key(kind), name, change))
        except Unavailable as error:
            log.debug("kept in this process: %s", error)
            states = self._local[kind]
            after, answer = change(states.get(name), self._clock())
            if after is None:
                states.pop(name, None)
            else:
                states[name] = after
            return answer

    async def all(self, kind: str) -> tuple[Mapping[str, str], float]:
        """The states of a kind by name, and what the time is for them."""
        try:
            return await self._redis.ask(lambda client: _all(client, _key(kind)))
        except Unavailable:
            return dict(self._local[kind]), self._clock()


async def _swapped[T](client: Any, key: str, name: str, change: Change[T]) -> T:
    while True:
        async with client.pipeline(transaction=False) as pipe:
            before, (seconds, micros) = await pipe.hget(key, name).time().execute()
        after, answer = change(before, seconds + micros / 1_000_000)
        if after == before or await client.eval(_SWAP, 1, key, name, before or "", after or ""):
            return answer


async def _all(client: Any, key: str) -> tuple[Mapping[str, str], float]:
    async with client.pipeline(transaction=False) as pipe:
        states, (seconds, micros) = await pipe.hgetall(key).time().execute()
    return states, seconds + micros / 1_000_000


def _key(kind: str) -> str:
    return f"helpdesk|{kind}"
