"""The contract of doing a thing once, over a real Redis and over what stands in for it: a file, and Cosmos DB."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

import adapters.once
from adapters.cosmos_account import Cosmos
from adapters.cosmos_once import CosmosStandby
from adapters.once import Once, SqliteStandby, Standby
from adapters.shared_redis import SharedRedis
from tests.services import redis_server


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Standby]:
    standby = SqliteStandby(tmp_path / "archive.db")
    yield standby
    standby.close()


@pytest.fixture
def in_cosmos(cosmos: Cosmos) -> Standby:
    return CosmosStandby(cosmos)


@pytest.fixture(params=["redis", "file", "in_cosmos"])
def kept(request: pytest.FixtureRequest) -> tuple[str | None, Standby]:
    """The address of a Redis that is there, if any, and what stands in for it."""
    with_redis = request.param == "redis"
    return (
        request.getfixturevalue("redis_url") if with_redis else None,
        request.getfixturevalue("file" if with_redis else request.param),
    )


@pytest.fixture
async def once(kept: tuple[str | None, Standby]) -> AsyncIterator[Once]:
    url, standby = kept
    redis = SharedRedis(url)
    yield Once(redis, standby)
    await redis.close()


@pytest.fixture
def key() -> str:
    return f"metrics:{uuid4().hex}"


async def test_of_many_at_once_one_is_first(once: Once, key: str):
    attempts = await asyncio.gather(*(once.begin(key) for _ in range(20)))
    assert sorted(attempts) == ["busy"] * 19 + ["first"]


async def test_what_is_finished_is_done_for_good(once: Once, key: str):
    assert await once.begin(key) == "first"
    await once.finish(key)
    assert [await once.begin(key), await once.begin(key)] == ["done", "done"]


async def test_what_was_released_may_be_begun_again(once: Once, key: str):
    await once.begin(key)
    await once.release(key)
    assert await once.begin(key) == "first"


async def test_one_who_began_and_died_is_followed_by_another(once: Once, key: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(adapters.once, "HELD_S", 1)
    assert await once.begin(key) == "first"
    assert await once.begin(key) == "busy"
    await asyncio.sleep(1.1)
    assert await once.begin(key) == "first"


async def test_keys_do_not_touch_each_other(once: Once, key: str):
    await once.begin(key)
    await once.finish(key)
    assert await once.begin(f"{key}-2") == "first"


async def test_when_redis_goes_the_file_takes_over(tmp_path: Path, file: Standby, key: str):
    (tmp_path / "redis").mkdir()
    with redis_server(tmp_path / "redis") as url:
        redis = SharedRedis(url)
        once = Once(redis, file)
        assert await once.begin(key) == "first"
    await once.finish(key)
    assert await once.begin(key) == "done"
    assert await once.begin(f"{key}-2") == "first"
    await redis.close()
