"""Real services for the contracts: one of each for a test process, started when a test asks for it."""

from collections.abc import AsyncIterator, Generator, Iterator

import pytest

from adapters.shared_redis import SharedRedis
from tests.contract.mcp_server import McpServer, mcp_server
from tests.services import azurite, redis_server


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with azurite(tmp_path_factory.mktemp("azurite")) as connection:
        yield connection


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[SharedRedis]:
    redis = SharedRedis(redis_url)
    yield redis
    await redis.close()


@pytest.fixture(scope="module")
def running() -> Generator[McpServer]:
    with mcp_server() as server:
        yield server


@pytest.fixture
def server(running: McpServer) -> McpServer:
    running.behave()
    return running
