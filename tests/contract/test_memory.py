"""The contract of chat memory, over a real Redis."""

import asyncio
import socket
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis.asyncio import Redis

from adapters.memory import EXPIRY, MAX_TURNS, RedisMemory
from shared.errors import InvalidCursor, Unavailable
from shared.memory import Memory, Summary
from shared.thinking import Turn
from tests.services import redis_server


@pytest.fixture
async def memory(redis_url: str) -> AsyncIterator[Memory]:
    memory = RedisMemory(redis_url)
    yield memory
    await memory.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url, decode_responses=True)
    yield client
    await client.aclose()


@pytest.fixture
def tenant() -> str:
    """A tenant of the test's own, since tests share the server."""
    return f"tenant-{uuid.uuid4()}"


def turns(*numbers: int) -> list[Turn]:
    return [
        Turn(id=f"turn-{number}", role="user" if number % 2 else "assistant", text=f"text {number} é🙂\n")
        for number in numbers
    ]


async def test_turns_come_back_in_their_order_as_they_were_written(memory: Memory, tenant: str):
    await memory.append(tenant, "u-1", "t-1", turns(1, 2))
    await memory.append(tenant, "u-1", "t-1", turns(3))
    assert await memory.read(tenant, "u-1", "t-1") == tuple(turns(1, 2, 3))


async def test_an_unknown_thread_is_empty(memory: Memory, tenant: str):
    assert await memory.read(tenant, "u-1", "t-404") == ()


async def test_a_repeated_append_adds_nothing(memory: Memory, tenant: str):
    await memory.append(tenant, "u-1", "t-1", turns(1, 2))
    await memory.append(tenant, "u-1", "t-1", turns(3, 4))
    await memory.append(tenant, "u-1", "t-1", turns(1, 2))
    await memory.append(tenant, "u-1", "t-1", turns(4, 5, 5))
    assert await memory.read(tenant, "u-1", "t-1") == tuple(turns(1, 2, 3, 4, 5))


async def test_the_same_append_at_the_same_time_adds_its_turns_once(redis_url: str, tenant: str):
    memories = [RedisMemory(redis_url) for _ in range(6)]
    await asyncio.gather(*(memory.append(tenant, "u-1", "t-1", turns(1, 2, 3)) for memory in memories))
    assert await memories[0].read(tenant, "u-1", "t-1") == tuple(turns(1, 2, 3))
    for memory in memories:
        await memory.close()


async def test_only_the_newest_hundred_turns_are_kept(memory: Memory, tenant: str):
    await memory.append(tenant, "u-1", "t-1", turns(*range(60)))
    await memory.append(tenant, "u-1", "t-1", turns(*range(60, 130)))
    kept = await memory.read(tenant, "u-1", "t-1")
    assert kept == tuple(turns(*range(130 - MAX_TURNS, 130)))


async def test_more_than_a_hundred_at_once_stay_a_hundred_also_when_repeated(memory: Memory, tenant: str):
    for _ in range(2):
        await memory.append(tenant, "u-1", "t-1", turns(*range(250)))
    assert await memory.read(tenant, "u-1", "t-1") == tuple(turns(*range(150, 250)))


async def test_a_thread_expires_after_seven_days_counted_from_its_last_use(memory: Memory, redis: Redis, tenant: str):
    before = set(await redis.keys("*"))
    await memory.append(tenant, "u-1", "t-1", turns(1))
    keys = set(await redis.keys("*")) - before
    assert len(keys) == 2, "the thread, and the list of threads"
    week_s = EXPIRY.total_seconds()
    assert all([week_s - 60 < await redis.ttl(key) <= week_s for key in keys])
    for use in (memory.read(tenant, "u-1", "t-1"), memory.append(tenant, "u-1", "t-1", turns(1))):
        for key in keys:
            await redis.expire(key, 1000)
        await use
        assert all([await redis.ttl(key) > week_s - 60 for key in keys])


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (("a:b", "c"), ("a", "b:c")),
        (("a|b", "c"), ("a", "b|c")),
        (("a", "*"), ("a", "b")),
        (("a?", "c"), ("ab", "c")),
        (("[ab]", "c"), ("a", "c")),
        (("é", "c"), ("e\u0301", "c")),
        (("a\x00", "c"), ("a", "c")),
        (("a\r\nDEL b", "c"), ("a", "c")),
        (('a","b', "c"), ("a", 'b","c')),
        (("a", "c" * 1_000_000), ("a", "c" * 999_999)),
        (("\ud800", "c"), ("\ud801", "c")),
    ],
)
async def test_no_id_reaches_the_conversation_of_another(
    memory: Memory, tenant: str, mine: tuple[str, str], theirs: tuple[str, str]
):
    await memory.append(tenant, *theirs, turns(1))
    assert await memory.read(tenant, *mine) == ()
    await memory.append(tenant, *mine, turns(2))
    assert await memory.read(tenant, *theirs) == tuple(turns(1))
    assert await memory.read(tenant + ":", *mine) == ()


async def test_a_megabyte_of_id_makes_a_short_key(memory: Memory, redis: Redis, tenant: str):
    await memory.append(tenant, "u" * 1_000_000, "t-1", turns(1))
    assert max(len(key) for key in await redis.keys("*")) < 300


@pytest.fixture
def free_port() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


async def test_without_redis_every_call_says_so_by_name(free_port: int):
    memory = RedisMemory(f"redis://127.0.0.1:{free_port}/0")
    calls = (memory.check(), memory.read("a", "b", "c"), memory.append("a", "b", "c", turns(1)))
    for call in calls:
        with pytest.raises(Unavailable) as failure:
            await call
        assert failure.value.dependency == "redis"
    await memory.close()


async def test_a_server_that_never_answers_is_given_up_within_seconds():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        memory = RedisMemory(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        with pytest.raises(Unavailable):  # imports the packages, which is not what is timed
            await RedisMemory("redis://127.0.0.1:1/0").check()
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await memory.read("a", "b", "c")
        assert time.monotonic() - started < 8
        await memory.close()


async def test_it_recovers_by_itself_when_redis_is_back(tmp_path: Path):
    with ExitStack() as first:
        url = first.enter_context(redis_server(tmp_path))
        memory = RedisMemory(url)
        await memory.append("a", "b", "c", turns(1))
    with pytest.raises(Unavailable):
        await memory.check()
    with redis_server(tmp_path, port=int(url.rpartition(":")[2].partition("/")[0])):
        await memory.check()
        await memory.append("a", "b", "c", turns(2))
        assert await memory.read("a", "b", "c") == tuple(turns(2))
        await memory.close()


async def test_a_restart_between_two_calls_is_not_noticed(tmp_path: Path):
    with redis_server(tmp_path) as url:
        memory = RedisMemory(url)
        await memory.append("a", "b", "c", turns(1))
    with redis_server(tmp_path, port=int(url.rpartition(":")[2].partition("/")[0])):
        await memory.append("a", "b", "c", turns(1))
        assert await memory.read("a", "b", "c") == tuple(turns(1))
        await memory.close()


async def test_a_tools_call_and_its_result_come_back_as_such(memory: Memory, tenant: str):
    told = [
        Turn(id="1", role="assistant", text='{"name": "vpn"}', call_id="call-1", tool="service_status"),
        Turn(id="2", role="tool", text="[]", call_id="call-1"),
    ]
    await memory.append(tenant, "u-1", "t-1", told)
    assert await memory.read(tenant, "u-1", "t-1") == tuple(told)


async def test_a_result_whose_call_was_trimmed_goes_with_it(memory: Memory, tenant: str):
    pair = [
        Turn(id="call", role="assistant", text="{}", call_id="call-1", tool="service_status"),
        Turn(id="result", role="tool", text="[]", call_id="call-1"),
    ]
    await memory.append(tenant, "u-1", "t-1", [*pair, *turns(*range(MAX_TURNS - 1))])
    assert await memory.read(tenant, "u-1", "t-1") == tuple(turns(*range(MAX_TURNS - 1)))


async def test_threads_are_listed_the_one_used_last_first_page_by_page(memory: Memory, tenant: str):
    for thread in ("a", "b", "c"):
        await memory.append(tenant, "u-1", thread, turns(1))
    await memory.append(tenant, "u-2", "another's", turns(1))
    await memory.read(tenant, "u-1", "a")
    first = await memory.threads(tenant, "u-1", 2)
    assert [item.thread for item in first.items] == ["a", "c"]
    rest = await memory.threads(tenant, "u-1", 2, first.next_cursor)
    assert [item.thread for item in rest.items] == ["b"]
    assert rest.next_cursor is None
    with pytest.raises(InvalidCursor):
        await memory.threads(tenant, "u-1", 2, "made up")


async def test_reading_what_is_not_there_lists_nothing(memory: Memory, tenant: str):
    await memory.read(tenant, "u-1", "t-404")
    assert (await memory.threads(tenant, "u-1", 10)).items == ()


async def test_a_summary_is_kept_beside_its_thread_and_forgotten_with_it(memory: Memory, tenant: str):
    await memory.append(tenant, "u-1", "t-1", turns(1))
    assert await memory.summary(tenant, "u-1", "t-1") is None
    summary = Summary(text="They asked about the VPN.", through="turn-1")
    await memory.keep_summary(tenant, "u-1", "t-1", summary)
    assert await memory.summary(tenant, "u-1", "t-1") == summary
    assert await memory.summary(tenant, "u-2", "t-1") is None
    assert await memory.forget(tenant, "u-1", "t-1")
    assert await memory.summary(tenant, "u-1", "t-1") is None


async def test_forgetting_a_thread_leaves_the_others(memory: Memory, tenant: str):
    for thread in ("a", "b"):
        await memory.append(tenant, "u-1", thread, turns(1))
    assert await memory.forget(tenant, "u-1", "a")
    assert not await memory.forget(tenant, "u-1", "a")
    assert [item.thread for item in (await memory.threads(tenant, "u-1", 10)).items] == ["b"]
    assert await memory.read(tenant, "u-1", "a") == ()
    assert await memory.read(tenant, "u-1", "b") == tuple(turns(1))


async def test_forgetting_a_requester_leaves_no_key_of_theirs_and_all_of_others(
    memory: Memory, redis: Redis, tenant: str
):
    await memory.append(tenant, "u-2", "a", turns(1))
    before = set(await redis.keys("*"))
    for thread in ("a", "b"):
        await memory.append(tenant, "u-1", thread, turns(1))
    await memory.keep_summary(tenant, "u-1", "a", Summary(text="x", through="turn-1"))
    assert await memory.forget_requester(tenant, "u-1") == 2
    assert await memory.forget_requester(tenant, "u-1") == 0
    assert set(await redis.keys("*")) == before
    assert await memory.read(tenant, "u-2", "a") == tuple(turns(1))
