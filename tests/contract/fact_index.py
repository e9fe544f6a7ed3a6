"""Stands in for a search index of Redis where the server has none: it evaluates the query on the same hashes.

It is not RediSearch. It lets the contract run through Agent Framework's context provider and its queries.
"""

import re
from typing import Any

from redisvl.query import TextQuery

from adapters.user_memory import PREFIX

WORDS = re.compile(r"@content:\((?P<words>[^)]*)\)")
TAG = re.compile(r"@(?P<field>\w+):\{(?P<value>[^}]*)\}")


class HashIndex:
    def __init__(self, redis: Any):
        self._redis = redis

    async def exists(self) -> bool:
        return False

    async def create(self, overwrite: bool, drop: bool) -> None:
        assert not overwrite

    async def query(self, query: TextQuery) -> list[dict[str, Any]]:
        asked = query.query_string()
        found = WORDS.search(asked)
        assert found is not None
        words = {word.strip().lower() for word in found["words"].split("|")}
        tags = {match["field"]: match["value"] for match in TAG.finditer(asked)}
        scored: list[tuple[int, dict[str, Any]]] = []
        async for key in self._redis.scan_iter(f"{PREFIX}:*"):
            fields = await self._redis.hgetall(key)
            said = set(re.findall(r"\w+", fields.get("content", "").lower()))
            if said & words and all(fields.get(field) == value for field, value in tags.items()):
                scored.append((len(said & words), fields))
        return [fields for _, fields in sorted(scored, key=lambda pair: -pair[0])]
