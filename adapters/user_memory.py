"""What is known of requesters, in Redis: a hash for each fact, and a list of them for each person."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from adapters.shared_redis import SharedRedis
from adapters.words import search_terms, without_accents
from shared.facts import Fact, MemoryPolicy

PREFIX = "helpdesk_fact"
APPLICATION = "helpdesk"
_ALWAYS_OF_USE = ("preference", "device")
QUESTION_TERMS = 40
_CHARS_A_TOKEN = 4

_KEEP = """
local before = redis.call('HGET', KEYS[1], 'said_at')
if before and before > ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'said_at', ARGV[1], 'fact', ARGV[2], 'content', ARGV[3],
    'user_id', ARGV[4], 'application_id', ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[6])
return 1
"""
"""Writes unless something newer is there: a late or repeated extraction must not win over a correction."""


class Ranking(Protocol):
    """Finds the texts that fit a question among a person's, with help of the server."""

    async def best(self, owner: str, question: str) -> tuple[str, ...] | None:
        """The contents of the hashes that fit, best first; None where the server cannot search."""
        ...


class RedisUserMemory:
    """Implements UserMemory. Without a ranking of the server's, shared words decide."""

    def __init__(self, redis: SharedRedis, policy: MemoryPolicy, ranking: Ranking | None = None):
        self._redis = redis
        self._policy = policy
        self._ranking = ranking

    async def known(self, tenant: str, requester_id: str) -> tuple[Fact, ...]:
        owner = owner_of(tenant, requester_id)
        return await self._redis.ask(lambda client: _facts(client, owner))

    async def fitting(self, tenant: str, requester_id: str, question: str) -> tuple[Fact, ...]:
        if self._policy.consent == "off":
            return ()
        facts = await self.known(tenant, requester_id)
        if not facts:
            return ()
        found = await self._ranking.best(owner_of(tenant, requester_id), question) if self._ranking else None
        ranked = _by_shared_words(facts, question) if found is None else _in_order(facts, found)
        return _bounded(ranked, self._policy)

    async def keep(self, tenant: str, requester_id: str, facts: Sequence[Fact]) -> int:
        owner = owner_of(tenant, requester_id)
        return sum([await self._redis.ask(lambda client, fact=fact: self._keep(client, owner, fact)) for fact in facts])

    async def remove(self, tenant: str, requester_id: str, fact_id: str) -> bool:
        owner = owner_of(tenant, requester_id)
        return await self._redis.ask(lambda client: _remove(client, owner, fact_id))

    async def consent(self, tenant: str, requester_id: str) -> bool | None:
        key = _consent_key(owner_of(tenant, requester_id))
        said: str | None = await self._redis.ask(lambda client: client.get(key))
        return None if said is None else said == "yes"

    async def set_consent(self, tenant: str, requester_id: str, given: bool) -> None:
        if not given:
            await self.forget(tenant, requester_id)
        key = _consent_key(owner_of(tenant, requester_id))
        await self._redis.ask(lambda client: client.set(key, "yes" if given else "no"))

    async def forget(self, tenant: str, requester_id: str) -> int:
        """One after the other: a crash leaves the rest in the list, for the next call."""
        owner = owner_of(tenant, requester_id)

        async def work(client: Any) -> int:
            listed: list[str] = await client.zrange(_list_key(owner), 0, -1)
            gone = [await _remove(client, owner, fact_id) for fact_id in listed]
            await client.delete(_consent_key(owner))
            return sum(gone)

        return await self._redis.ask(work)

    async def _keep(self, client: Any, owner: str, fact: Fact) -> int:
        """Listed first: what stands in no list could not be found again to be erased."""
        said_at, life = fact.said_at.timestamp(), timedelta(days=self._policy.fact_days)
        await client.zadd(_list_key(owner), {fact.id: said_at}, gt=True)
        await client.expire(_list_key(owner), life)
        values = (f"{said_at:020.6f}", fact.model_dump_json(), _content(fact), owner, APPLICATION)
        written = await client.eval(_KEEP, 1, _fact_key(owner, fact.id), *values, int(life.total_seconds()))
        surplus: list[str] = await client.zrange(_list_key(owner), 0, -1 - self._policy.most_facts)
        for fact_id in surplus:
            await _remove(client, owner, fact_id)
        return written


def owner_of(tenant: str, requester_id: str) -> str:
    """One digest of both: no id, however it is written, can reach what is known of another."""
    return hashlib.sha256(json.dumps([tenant, requester_id]).encode()).hexdigest()


async def _facts(client: Any, owner: str) -> tuple[Fact, ...]:
    listed: list[str] = await client.zrange(_list_key(owner), 0, -1, desc=True)
    async with client.pipeline(transaction=False) as pipe:
        for fact_id in listed:
            pipe.hget(_fact_key(owner, fact_id), "fact")
        kept: list[str | None] = await pipe.execute()
    return tuple(Fact.model_validate_json(fact) for fact in kept if fact)


async def _remove(client: Any, owner: str, fact_id: str) -> bool:
    gone = await client.delete(_fact_key(owner, fact_id))
    await client.zrem(_list_key(owner), fact_id)
    return gone > 0


def _by_shared_words(facts: Sequence[Fact], question: str) -> list[Fact]:
    """Those that share most words with the question, then what is of use with any question, then the newest."""
    asked = {without_accents(word) for word in search_terms(question, QUESTION_TERMS)}

    def shared(fact: Fact) -> int:
        return len(asked & {without_accents(word) for word in search_terms(_content(fact), QUESTION_TERMS)})

    # The facts come newest first, and sorting keeps that order among equals.
    return sorted(facts, key=lambda fact: (-shared(fact), fact.kind not in _ALWAYS_OF_USE))


def _in_order(facts: Sequence[Fact], found: Sequence[str]) -> list[Fact]:
    place: Mapping[str, int] = {content: index for index, content in reversed(list(enumerate(found)))}
    last = len(found)
    return sorted(facts, key=lambda fact: (place.get(_content(fact), last), fact.kind not in _ALWAYS_OF_USE))


def _bounded(ranked: Sequence[Fact], policy: MemoryPolicy) -> tuple[Fact, ...]:
    shown: list[Fact] = []
    room = policy.shown_fact_tokens * _CHARS_A_TOKEN
    for fact in ranked[: policy.shown_facts]:
        room -= len(_content(fact))
        if room < 0:
            break
        shown.append(fact)
    return tuple(shown)


def _content(fact: Fact) -> str:
    """What is searched; one line, since the search gives lines back."""
    return " ".join(f"{fact.topic}: {fact.text}".split())


def _fact_key(owner: str, fact_id: str) -> str:
    return f"{PREFIX}:{owner}:{hashlib.sha256(fact_id.encode(errors='surrogatepass')).hexdigest()[:32]}"


def _list_key(owner: str) -> str:
    return f"helpdesk|facts|{owner}"


def _consent_key(owner: str) -> str:
    return f"helpdesk|consent|{owner}"
