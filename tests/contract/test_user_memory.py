"""The contract of what is known of requesters, ranked by shared words and through Agent Framework's provider."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from adapters.fact_search import RediSearchRanking
from adapters.shared_redis import SharedRedis
from adapters.user_memory import RedisUserMemory
from shared.errors import Unavailable
from shared.facts import Fact, FactKind, LearnedFact, MemoryPolicy, UserMemory, fact_of
from tests.contract.fact_index import HashIndex
from tests.services import redis_server

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLICY = MemoryPolicy(most_facts=5, shown_facts=3, shown_fact_tokens=50)


class Searching(RediSearchRanking):
    """On a server that would say it can search."""

    async def can_search(self) -> bool:
        return True


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url, decode_responses=True)
    yield client
    await client.aclose()


@pytest.fixture(params=["shared words", "context provider", "a server that cannot search"])
async def memory(request: pytest.FixtureRequest, redis_url: str, redis: Redis) -> AsyncIterator[UserMemory]:
    shared = SharedRedis(redis_url)
    ranking = {
        "shared words": None,
        "context provider": Searching(shared, HashIndex(redis)),
        "a server that cannot search": RediSearchRanking(shared),
    }[request.param]
    yield RedisUserMemory(shared, POLICY, ranking)
    await shared.close()


@pytest.fixture
def tenant() -> str:
    return f"tenant-{uuid.uuid4()}"


def fact(topic: str, text: str, kind: FactKind = "fact", after: timedelta = timedelta()) -> Fact:
    return fact_of(LearnedFact(kind=kind, topic=topic, text=text), NOW + after, "t-1")


LAPTOP = fact("laptop", "Uses a ThinkPad X1.", "device")
OFFICE = fact("workplace", "Works from the Lyon office.")
VPN = fact("vpn", "The VPN dropped on the home network.", "problem")


async def test_what_is_kept_is_known_the_newest_first(memory: UserMemory, tenant: str):
    later = fact("language", "Prefers French.", "preference", after=timedelta(hours=1))
    assert await memory.keep(tenant, "u-1", [LAPTOP, later]) == 2
    assert await memory.known(tenant, "u-1") == (later, LAPTOP)
    assert await memory.known(tenant, "u-2") == ()


async def test_what_fits_the_question_comes_first(memory: UserMemory, tenant: str):
    await memory.keep(tenant, "u-1", [LAPTOP, OFFICE, VPN])
    for question, best in (("The VPN is slow.", VPN), ("Which printer is in the Lyon office?", OFFICE)):
        assert (await memory.fitting(tenant, "u-1", question))[0] == best
    assert await memory.fitting(tenant, "u-2", "The VPN is slow.") == ()


async def test_a_question_without_a_word_shows_what_is_always_of_use(memory: UserMemory, tenant: str):
    await memory.keep(tenant, "u-1", [OFFICE, VPN, LAPTOP])
    for question in ("", "?!", "\x00 @content:{*} | -"):
        assert (await memory.fitting(tenant, "u-1", question))[0] == LAPTOP


async def test_of_two_that_contradict_each_other_the_newer_wins_in_whichever_order_they_come(
    memory: UserMemory, tenant: str
):
    new = fact("Laptop", "Uses a MacBook Air.", "device", after=timedelta(days=2))
    assert new.id == LAPTOP.id
    await memory.keep(tenant, "u-1", [LAPTOP, new])
    await memory.keep(tenant, "u-2", [new, LAPTOP])
    for person in ("u-1", "u-2"):
        assert await memory.known(tenant, person) == (new,)


async def test_a_repeated_extraction_writes_nothing_new(memory: UserMemory, tenant: str):
    for _ in range(2):
        await memory.keep(tenant, "u-1", [LAPTOP, OFFICE])
    assert len(await memory.known(tenant, "u-1")) == 2


async def test_the_oldest_give_way_beyond_the_bound(memory: UserMemory, tenant: str):
    many = [fact(f"topic {number}", "x", after=timedelta(minutes=number)) for number in range(9)]
    await memory.keep(tenant, "u-1", many)
    assert [known.topic for known in await memory.known(tenant, "u-1")] == [f"topic {n}" for n in (8, 7, 6, 5, 4)]


async def test_agents_are_shown_no_more_than_fits(memory: UserMemory, tenant: str):
    await memory.keep(tenant, "u-1", [fact(f"vpn {number}", f"vpn {'x' * 90}") for number in range(5)])
    assert len(await memory.fitting(tenant, "u-1", "vpn")) == 1, "two would take more than 50 tokens"
    await memory.keep(tenant, "u-2", [fact(f"vpn {number}", "short") for number in range(5)])
    assert len(await memory.fitting(tenant, "u-2", "vpn")) == 3


async def test_a_fact_is_removed_alone(memory: UserMemory, tenant: str):
    await memory.keep(tenant, "u-1", [LAPTOP, OFFICE])
    assert not await memory.remove(tenant, "u-2", LAPTOP.id)
    assert await memory.remove(tenant, "u-1", LAPTOP.id)
    assert not await memory.remove(tenant, "u-1", LAPTOP.id)
    assert await memory.known(tenant, "u-1") == (OFFICE,)


async def test_consent_is_what_the_person_said_last_and_no_forgets_them(memory: UserMemory, tenant: str):
    assert await memory.consent(tenant, "u-1") is None
    await memory.set_consent(tenant, "u-1", True)
    await memory.keep(tenant, "u-1", [LAPTOP])
    assert (await memory.consent(tenant, "u-1"), await memory.consent(tenant, "u-2")) == (True, None)
    await memory.set_consent(tenant, "u-1", False)
    assert await memory.consent(tenant, "u-1") is False
    assert await memory.known(tenant, "u-1") == ()


async def test_forgetting_leaves_no_key_of_the_person_and_all_of_others(memory: UserMemory, redis: Redis, tenant: str):
    await memory.keep(tenant, "u-2", [LAPTOP])
    before = set(await redis.keys("*"))
    await memory.set_consent(tenant, "u-1", True)
    await memory.keep(tenant, "u-1", [LAPTOP, OFFICE])
    assert await memory.forget(tenant, "u-1") == 2
    assert await memory.forget(tenant, "u-1") == 0
    assert set(await redis.keys("*")) == before


async def test_a_fact_lives_as_long_as_the_policy_says(memory: UserMemory, redis: Redis, tenant: str):
    before = set(await redis.keys("*"))
    await memory.keep(tenant, "u-1", [LAPTOP])
    year_s = POLICY.fact_days * 24 * 3600
    for key in set(await redis.keys("*")) - before:
        assert year_s - 60 < await redis.ttl(key) <= year_s


async def test_where_nobody_is_to_be_remembered_agents_are_shown_nothing(redis_url: str, tenant: str):
    shared = SharedRedis(redis_url)
    await RedisUserMemory(shared, POLICY).keep(tenant, "u-1", [LAPTOP])
    off = RedisUserMemory(shared, POLICY.model_copy(update={"consent": "off"}))
    assert await off.fitting(tenant, "u-1", "laptop") == ()
    await shared.close()


async def test_a_server_without_search_is_told_from_one_that_is_away(tmp_path: Path):
    with redis_server(tmp_path) as url:
        shared = SharedRedis(url)
        ranking = RediSearchRanking(shared)
        assert not await ranking.can_search()
    away = RediSearchRanking(SharedRedis(url))
    assert not await away.can_search()
    with pytest.raises(Unavailable):
        await RedisUserMemory(SharedRedis(url), POLICY, away).fitting("t", "u-1", "vpn")
    await shared.close()
