"""Real services for the contracts: one of each for a test process, started when a test asks for it."""

from collections.abc import AsyncIterator, Generator, Iterator
from uuid import uuid4

import pytest

from adapters.cosmos_account import Cosmos
from adapters.cosmos_containers import CONTAINERS
from adapters.shared_redis import SharedRedis
from tests.contract.cosmos_wire import ACCOUNT_KEY, CosmosWire, cosmos_wire
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


@pytest.fixture(scope="session")
def wire() -> Iterator[CosmosWire]:
    with cosmos_wire() as wire:
        yield wire


@pytest.fixture
def database(wire: CosmosWire) -> str:
    """Empty, with the containers that the desk has in Azure."""
    name = f"desk-{uuid4().hex}"
    wire.make(name, CONTAINERS)
    return name


@pytest.fixture
async def cosmos(wire: CosmosWire, database: str) -> AsyncIterator[Cosmos]:
    cosmos = Cosmos(wire.url, database, ACCOUNT_KEY)
    yield cosmos
    await cosmos.close()


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
