"""The contract of doing a thing once, over a real Redis and over the file that stands in for it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

import adapters.once
from adapters.once import Once
from adapters.shared_redis import SharedRedis
from tests.services import redis_server


@pytest.fixture(params=["redis", "file"])
async def once(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Once]:
    url: str | None = request.getfixturevalue("redis_url") if request.param == "redis" else None
    redis = SharedRedis(url)
    once = Once(redis, tmp_path / "archive.db")
    yield once
    await once.close()
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


async def test_when_redis_goes_the_file_takes_over(tmp_path: Path, key: str):
    (tmp_path / "redis").mkdir()
    with redis_server(tmp_path / "redis") as url:
        once = Once(SharedRedis(url), tmp_path / "archive.db")
        assert await once.begin(key) == "first"
    await once.finish(key)
    assert await once.begin(key) == "done"
    assert await once.begin(f"{key}-2") == "first"
    await once.close()
