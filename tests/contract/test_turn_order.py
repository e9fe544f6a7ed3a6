"""The contract of a conversation's order, over a real Redis and within one process."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from adapters.shared_redis import SharedRedis
from adapters.turn_order import SharedTurnOrder


@pytest.fixture(params=["redis", "process"])
async def order(request: pytest.FixtureRequest) -> AsyncIterator[SharedTurnOrder]:
    redis = SharedRedis(request.getfixturevalue("redis_url") if request.param == "redis" else None)
    yield SharedTurnOrder(redis)
    await redis.close()


@pytest.fixture
def thread() -> str:
    return uuid4().hex


async def test_each_is_told_who_came_before(order: SharedTurnOrder, thread: str):
    assert [await order.join(thread, name) for name in "abc"] == [(), ("a",), ("a", "b")]
    assert await order.after(thread, "a") == ("b", "c")
    assert await order.after(thread, "c") == ()


async def test_to_come_again_is_to_keep_ones_place(order: SharedTurnOrder, thread: str):
    befores = [await order.join(thread, name) for name in "aba"]
    assert befores == [(), ("a",), ()]
    assert await order.after(thread, "a") == ("b",)


async def test_whoever_left_is_before_nobody(order: SharedTurnOrder, thread: str):
    for name in "ab":
        await order.join(thread, name)
    await order.leave(thread, "a")
    assert await order.join(thread, "c") == ("b",)
    assert await order.after(thread, "a") == ()


async def test_of_many_at_once_no_two_have_the_same_place(order: SharedTurnOrder, thread: str):
    befores = await asyncio.gather(*(order.join(thread, str(number)) for number in range(10)))
    assert sorted(len(before) for before in befores) == list(range(10))


async def test_threads_do_not_touch_each_other(order: SharedTurnOrder, thread: str):
    await order.join(thread, "a")
    assert await order.join(f"{thread}2", "b") == ()
