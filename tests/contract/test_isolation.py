"""Whatever ids are put in, nobody reads or erases what belongs to another tenant or requester."""

import itertools
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.answer_cache import RedisAnswerCache
from adapters.memory import RedisMemory
from adapters.shared_redis import SharedRedis
from adapters.user_memory import RedisUserMemory
from shared.exchanged import Thought
from shared.facts import LearnedFact, MemoryPolicy, fact_of
from shared.memory import Summary
from shared.thinking import Turn, Usage

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PIECES = (
    "a", "b", ":", "|", "*", "?", "[ab]", "{a}", "\\", '"', ",", "'", " ", "\n", "\r\n", "\x00", "/", "..", "%3A", "é",
    "e\u0301", "🙂", "\u202e", "\ud800", "ſ", "ß", "SS", "0", "",
)  # fmt: skip
SEEDS = range(12)


def ids(seed: int, count: int) -> list[str]:
    """Different ids made of what keys and patterns are made of; one pair is a megabyte long and differs at the end."""
    chance = random.Random(seed)
    made = {"".join(chance.choices(PIECES, k=chance.randint(1, 4))) for _ in range(count)}
    return [*sorted(made - {""}), "x" * 1_000_000, "x" * 999_999 + "y"]


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[SharedRedis]:
    shared = SharedRedis(redis_url)
    yield shared
    await shared.close()


def owners(seed: int) -> list[tuple[str, str]]:
    """Tenants and requesters in all combinations, so that one's end may look like the other's beginning."""
    tenants, people = ids(seed, 3), ids(seed + 1_000, 3)
    return list(itertools.product([f"{seed}{tenant}" for tenant in tenants], people))


@pytest.mark.parametrize("seed", SEEDS)
async def test_conversations_of_one_are_neither_read_nor_erased_by_another(redis_url: str, seed: int):
    memory, people = RedisMemory(redis_url), owners(seed)
    said = {who: Turn(id=str(number), role="user", text=f"of {number}") for number, who in enumerate(people)}
    for who, turn in said.items():
        await memory.append(*who, "thread", [turn])
        await memory.keep_summary(*who, "thread", Summary(text=turn.text, through=turn.id))
    for who, turn in said.items():
        assert await memory.read(*who, "thread") == (turn,)
        assert await memory.summary(*who, "thread") == Summary(text=turn.text, through=turn.id)
        assert len((await memory.threads(*who, 10)).items) == 1
    gone, *rest = people
    assert await memory.forget_requester(*gone) == 1
    assert await memory.read(*gone, "thread") == ()
    for who in rest:
        assert await memory.read(*who, "thread") == (said[who],)
    await memory.close()


@pytest.mark.parametrize("seed", SEEDS)
async def test_facts_and_consent_of_one_are_neither_read_nor_erased_by_another(redis: SharedRedis, seed: int):
    memory, people = RedisUserMemory(redis, MemoryPolicy()), owners(seed)
    facts = {
        who: fact_of(LearnedFact(kind="fact", topic="laptop", text=f"of {number}"), NOW, "t-1")
        for number, who in enumerate(people)
    }
    for number, (who, fact) in enumerate(facts.items()):
        await memory.set_consent(*who, number % 2 == 0)
        await memory.keep(*who, [fact])
    for number, (who, fact) in enumerate(facts.items()):
        assert await memory.known(*who) == (fact,)
        assert await memory.fitting(*who, "laptop *") == (fact,)
        assert await memory.consent(*who) is (number % 2 == 0)
    gone, *rest = people
    assert await memory.forget(*gone) == 1
    assert await memory.known(*gone) == ()
    for who in rest:
        assert await memory.known(*who) == (facts[who],)


@pytest.mark.parametrize("seed", SEEDS)
async def test_kept_answers_of_one_are_not_erased_with_anothers(redis: SharedRedis, seed: int):
    people = ids(seed, 6)
    cache = RedisAnswerCache(redis, f"isolation-{seed}", timedelta(minutes=5), frozenset())
    for number, person in enumerate(people):
        thought = Thought(answer={"of": number}, agent="resolver", model="m", usage=Usage())
        await cache.put(f"key-{number}", thought, person)
    assert await cache.forget(people[0]) == 1
    assert await cache.get("key-0") is None
    for number in range(1, len(people)):
        assert await cache.get(f"key-{number}") is not None
