"""GET /health names what is down; Redis is missed, and no ticket waits for it."""

import socket
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.services import redis_server
from tests.stack.desk import Desk, Json, running, until

CHECKS = {"durable", "storage", "redis", "archive", "knowledge"}


class Redis:
    """A Redis server that can be taken away and brought back on the same port."""

    def __init__(self, folder: Path):
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._running = ExitStack()

    def start(self) -> None:
        self._running.enter_context(redis_server(self._folder, self._port))

    def stop(self) -> None:
        self._running.close()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Generator[Redis]:
    redis = Redis(tmp_path_factory.mktemp("redis"))
    redis.start()
    yield redis
    redis.stop()


@pytest.fixture(scope="module")
def dependent_desk(tmp_path_factory: pytest.TempPathFactory, redis: Redis) -> Generator[Desk]:
    """A desk whose Redis is ours to stop."""
    settings = {"REDIS_URL": redis.url, "RETRY_FIRST_DELAY_S": "0.2"}
    with running(tmp_path_factory.mktemp("dependent"), settings) as desk:
        yield desk


def health(desk: Desk) -> Json:
    answer = desk.api.get("/health")
    return answer.json() | {"code": answer.status_code}


def test_a_desk_that_is_well_says_so_check_by_check(desk: Desk) -> None:
    told = health(desk)
    assert (told["code"], told["status"], told["down"]) == (200, "up", [])
    assert told["checks"].keys() == CHECKS
    assert all(check["status"] == "up" and check["latency_ms"] >= 0 for check in told["checks"].values())


def test_redis_that_goes_is_named_and_missed_by_no_ticket_and_comes_back(dependent_desk: Desk, redis: Redis) -> None:
    assert until(lambda: health(dependent_desk), lambda told: told["code"] == 200)
    before = dependent_desk.resolved()
    redis.stop()
    told = health(dependent_desk)
    assert (told["code"], told["status"], told["down"]) == (503, "down", ["redis"])
    assert told["checks"]["redis"]["detail"]
    ticket = dependent_desk.resolved()
    assert (ticket["status"], ticket["answer"]) == ("resolved", before["answer"])
    assert (before["degraded"], ticket["degraded"]) == ([], ["redis"])
    redis.start()
    until(lambda: health(dependent_desk), lambda told: told["code"] == 200)
    # What was gone is asked again after a pause of seconds, in which a ticket goes without.
    until(lambda: dependent_desk.resolved()["degraded"], lambda degraded: degraded == [])


def test_a_search_service_that_is_not_there_is_named_and_missed_by_no_ticket(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = {"AZURE_SEARCH_ENDPOINT": "https://127.0.0.1:1", "RETRY_FIRST_DELAY_S": "0.2"}
    with running(tmp_path_factory.mktemp("searching"), settings) as desk:
        ticket = desk.resolved()
        assert (ticket["status"], ticket["degraded"]) == ("resolved", ["knowledge"])
        assert ticket["citations"]
        told = health(desk)
        assert (told["code"], told["down"]) == (503, ["knowledge"])
