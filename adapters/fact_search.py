"""Ranking of facts by the Redis server itself, through Agent Framework's context provider, where it can search."""

import logging
from typing import Any

from adapters.shared_redis import SharedRedis
from adapters.user_memory import APPLICATION, PREFIX, QUESTION_TERMS
from adapters.words import search_terms
from shared.errors import Unavailable

INDEX = "helpdesk_facts"

log = logging.getLogger("helpdesk.memory")


class RediSearchRanking:
    """Implements Ranking over the hashes that RedisUserMemory writes: the index covers their prefix.

    The provider only reads here. `redis_index` stands in for the one the provider makes of the URL.
    """

    def __init__(self, redis: SharedRedis, url: str, redis_index: Any = None):
        self._redis = redis
        self._url = url
        self._index = redis_index
        self._can_search: bool | None = None

    async def best(self, owner: str, question: str) -> tuple[str, ...] | None:
        from agent_framework import AgentSession, Message, SessionContext
        from agent_framework.exceptions import AgentFrameworkException
        from redis.exceptions import RedisError
        from redisvl.exceptions import RedisVLError

        asked = " ".join(search_terms(question, QUESTION_TERMS))
        if not asked or not await self.can_search():
            return None
        provider = self._provider(owner)
        context = SessionContext(input_messages=[Message("user", [asked])])
        try:
            await provider.before_run(agent=None, session=AgentSession(), context=context, state={})  # pyright: ignore[reportArgumentType]
        except (AgentFrameworkException, RedisVLError, RedisError, ValueError, OSError) as error:
            log.warning("facts are ranked without the server: %s", type(error).__name__)
            return None
        finally:
            await provider.aclose()
        told = context.context_messages.get(provider.source_id, [])
        return tuple(line for message in told for line in message.text.splitlines())

    async def can_search(self) -> bool:
        """Whether the server has RediSearch 2 or newer, whose listing of indexes older ones do not know."""
        from redis.exceptions import ResponseError

        async def ask(client: Any) -> bool:
            try:
                await client.execute_command("FT._LIST")
            except ResponseError:
                return False
            return True

        if self._can_search is None:
            try:
                self._can_search = await self._redis.ask(ask)
            except Unavailable:
                return False
        return self._can_search

    def _provider(self, owner: str) -> Any:
        from agent_framework_redis import RedisContextProvider

        return RedisContextProvider(
            redis_url=self._url,
            index_name=INDEX,
            prefix=PREFIX,
            application_id=APPLICATION,
            user_id=owner,
            redis_index=self._index,
        )
