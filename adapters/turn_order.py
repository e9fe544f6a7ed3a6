"""Who waits for an answer in a conversation: a list in Redis for all processes, or in this one while it is gone."""

from typing import Any

from adapters.shared_redis import SharedRedis
from shared.errors import Unavailable

EXPIRY_S = 3600
MOST_LOCAL_THREADS = 1_000

_JOIN = """
local before = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if id == ARGV[1] then return before end
  table.insert(before, id)
end
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return before
"""


class SharedTurnOrder:
    """Implements the TurnOrder port."""

    def __init__(self, redis: SharedRedis):
        self._redis = redis
        self._local: dict[str, list[str]] = {}

    async def join(self, thread: str, message_id: str) -> tuple[str, ...]:
        try:
            key = _key(thread)
            return tuple(await self._redis.ask(lambda client: client.eval(_JOIN, 1, key, message_id, EXPIRY_S)))
        except Unavailable:
            return self._joined_here(thread, message_id)

    async def after(self, thread: str, message_id: str) -> tuple[str, ...]:
        ids = await self._waiting(thread)
        return tuple(ids[ids.index(message_id) + 1 :]) if message_id in ids else ()

    async def leave(self, thread: str, message_id: str) -> None:
        """In both places: the one may have been gone when it came, and the other be gone now."""
        if message_id in (here := self._local.get(thread, [])):
            here.remove(message_id)
        try:
            await self._redis.ask(lambda client: client.lrem(_key(thread), 0, message_id))
        except Unavailable:
            return

    async def _waiting(self, thread: str) -> list[str]:
        async def read(client: Any) -> list[str]:
            return await client.lrange(_key(thread), 0, -1)

        try:
            return await self._redis.ask(read)
        except Unavailable:
            return self._local.get(thread, [])

    def _joined_here(self, thread: str, message_id: str) -> tuple[str, ...]:
        if thread not in self._local and len(self._local) >= MOST_LOCAL_THREADS:
            self._local.pop(next(iter(self._local)))
        ids = self._local.setdefault(thread, [])
        if message_id not in ids:
            ids.append(message_id)
        return tuple(ids[: ids.index(message_id)])


def _key(thread: str) -> str:
    return f"helpdesk|turns|{thread}"
