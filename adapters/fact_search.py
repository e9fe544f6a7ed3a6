"""Ranking of facts by the Redis server itself, through Agent Framework's context provider, where it can search."""

import logging
from typing import Any

from adapters.shared_redis import SharedRedis
from adapters.user_memory import APPLICATION, PREFIX, QUESTION_TERMS
from adapters.words import search_terms
from shared.errors import Unavailable
from shared.loading import loaded

INDEX = "helpdesk_facts"

log = logging.getLogger("helpdesk.memory")


class RediSearchRanking:
    """Implements Ranking over the hashes that RedisUserMemory writes: the index covers their prefix.

    The provider only reads here. `redis_index` stands in for the server's own.
    """

    def __init__(self, redis: SharedRedis, redis_index: Any = None):
        self._redis = redis
        self._index = redis_index
        self._can_search: bool | None = None

    async def best(self, owner: str, question: str) -> tuple[str, ...] | None:
        asked = " ".join(search_terms(question, QUESTION_TERMS))
        if not asked or not await self.can_search():
            return None
        await loaded("agent_framework_redis", "redisvl.index")
        from agent_framework import AgentSession, Message, SessionContext
        from agent_framework.exceptions import AgentFrameworkException
        from redisvl.exceptions import RedisVLError

        context = SessionContext(input_messages=[Message("user", [asked])])

        async def ask(client: Any) -> str:
            provider = _provider(owner, self._index or _SharedIndex(client))
            await provider.before_run(agent=None, session=AgentSession(), context=context, state={})
            return provider.source_id

        try:
            source = await self._redis.ask(ask)
        except (AgentFrameworkException, RedisVLError, Unavailable, ValueError) as error:
            log.warning("facts are ranked without the server: %s", type(error).__name__)
            return None
        told = context.context_messages.get(source, [])
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


class _SharedIndex:
    """The server's index over the process's own client; the provider would open others by URL, as nobody in particular.

    It always says that there is none, for the provider would compare one there is over such a client of its own;
    `create` leaves one alone.
    """

    def __init__(self, client: Any):
        self._client = client
        self.schema: dict[str, Any] = {}

    async def exists(self) -> bool:
        return False

    async def create(self, overwrite: bool, drop: bool) -> None:
        await self._index().create(overwrite=overwrite, drop=drop)

    async def query(self, query: Any) -> Any:
        return await self._index().query(query)

    def _index(self) -> Any:
        from redisvl.index import AsyncSearchIndex

        return AsyncSearchIndex.from_dict(self.schema, redis_client=self._client)


def _provider(owner: str, index: Any) -> Any:
    from agent_framework_redis import RedisContextProvider

    provider = RedisContextProvider(
        index_name=INDEX, prefix=PREFIX, application_id=APPLICATION, user_id=owner, redis_index=index
    )
    index.schema = provider.schema_dict
    return provider
