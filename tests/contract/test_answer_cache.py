"""Answers that serve again, on a real Redis and without one."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from adapters.answer_cache import RedisAnswerCache
from adapters.shared_redis import SharedRedis
from shared.exchanged import Thought
from shared.thinking import Usage

THOUGHT = Thought(
    answer={"category": "network"}, agent="analyst", model="m", usage=Usage(model_calls=1, input_tokens=9)
)


@pytest.fixture
def key() -> str:
    return uuid4().hex


def cache(redis: SharedRedis, tenant: str = "one", expiry_s: float = 60, off: str = "reviewer") -> RedisAnswerCache:
    return RedisAnswerCache(redis, tenant, timedelta(seconds=expiry_s), frozenset([off]))


async def test_what_one_instance_kept_another_finds(redis: SharedRedis, key: str):
    await cache(redis).put(key, THOUGHT)
    assert await cache(redis).get(key) == THOUGHT
    assert await cache(redis).get(uuid4().hex) is None


async def test_no_tenant_finds_what_another_was_answered(redis: SharedRedis, key: str):
    await cache(redis, "one").put(key, THOUGHT)
    assert await cache(redis, "two").get(key) is None


async def test_an_answer_expires(redis: SharedRedis, key: str):
    kept = cache(redis, expiry_s=0.2)
    await kept.put(key, THOUGHT)
    await asyncio.sleep(0.4)
    assert await kept.get(key) is None


def test_it_can_be_turned_off_for_an_agent():
    kept = cache(SharedRedis(None), off="reviewer")
    assert kept.serves("analyst")
    assert not kept.serves("reviewer")


async def test_without_redis_there_are_no_kept_answers_and_no_errors(key: str):
    kept = cache(SharedRedis("redis://127.0.0.1:1/0"))
    await kept.put(key, THOUGHT)
    assert await kept.get(key) is None


async def test_what_an_older_version_wrote_counts_as_not_there(redis: SharedRedis, redis_url: str, key: str):
    await cache(redis, tenant := uuid4().hex).put(key, THOUGHT)
    client = Redis.from_url(redis_url)
    (name,) = [found for found in await client.keys("helpdesk|answers|*") if found.decode().endswith(key)]
    await client.set(name, '{"answer": 1}')
    await client.aclose()
    assert await cache(redis, tenant).get(key) is None
