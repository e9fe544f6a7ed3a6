"""How often a caller may come: the same on Redis, shared by all instances, and without it."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from adapters.door_limits import MOST_KEPT, SharedDoorLimits
from adapters.shared_redis import SharedRedis
from shared.door_limits import Allowance, Bucket, take

SLOW = Allowance(per_minute=1, burst=3)
QUICK = Allowance(per_minute=6_000, burst=2)


@pytest.fixture(params=["redis", "no redis"])
async def redis(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[SharedRedis]:
    redis = SharedRedis(redis_url if request.param == "redis" else None)
    yield redis
    await redis.close()


async def test_a_burst_is_let_through_and_then_it_is_over(redis: SharedRedis):
    limits, who = SharedDoorLimits(redis), uuid4().hex
    taken = [await limits.take(who, SLOW) for _ in range(5)]
    assert [one.is_over for one in taken] == [False, False, False, True, True]
    assert [one.calls for one in taken[:3]] == [2, 1, 0]
    assert 55 < taken[-1].wait_s <= 60


async def test_who_waits_is_let_through_again(redis: SharedRedis):
    limits, who = SharedDoorLimits(redis), uuid4().hex
    left = await limits.take(who, QUICK)
    while not left.is_over:
        left = await limits.take(who, QUICK)
    await asyncio.sleep(left.wait_s + 0.05)
    assert not (await limits.take(who, QUICK)).is_over


async def test_callers_do_not_count_for_each_other(redis: SharedRedis):
    limits, who = SharedDoorLimits(redis), uuid4().hex
    for _ in range(4):
        await limits.take(who, SLOW)
    assert not (await limits.take(f"{who}\ud800", SLOW)).is_over


async def test_instances_count_together(redis_url: str):
    redis, who = SharedRedis(redis_url), uuid4().hex
    one, other = SharedDoorLimits(redis), SharedDoorLimits(redis)
    taken = await asyncio.gather(*(limits.take(who, SLOW) for limits in (one, other) * 5))
    assert sum(not left.is_over for left in taken) == 3
    keys = await redis.ask(lambda client: client.keys("helpdesk|callers|*"))
    assert keys
    assert not any(who in key for key in keys)
    assert all([await redis.ask(lambda client, key=key: client.pttl(key)) > 0 for key in keys])
    await redis.close()


async def test_without_redis_only_so_many_callers_are_kept():
    limits = SharedDoorLimits(SharedRedis(None))
    for number in range(MOST_KEPT + 10):
        await limits.take(str(number), SLOW)
    assert len(limits._local) == MOST_KEPT  # pyright: ignore[reportPrivateUsage]


def test_a_bucket_never_holds_more_than_its_burst_and_a_clock_that_goes_back_takes_nothing():
    bucket, is_over = take(Bucket(0.0, 100.0), 1_000_000.0, SLOW)
    assert (bucket.tokens, is_over) == (2, False)
    assert take(Bucket(1.5, 100.0), 50.0, SLOW)[0].tokens == 0.5
