import time
from collections.abc import Iterator

import httpx
import pytest

from tests.host.conftest import RunningHost, app_copy, await_start, launch


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    folder = tmp_path_factory.mktemp("streaming")
    host = await_start(launch(app_copy("streaming", folder, {}), folder / "data"))
    yield host
    assert host.stop() == 0, host.log


def test_a_streamed_answer_arrives_piece_by_piece(host: RunningHost) -> None:
    arrivals: list[float] = []
    pieces: list[str] = []
    with httpx.stream("GET", f"{host.url}/api/count/4", timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/plain")
        for line in answer.iter_lines():
            arrivals.append(time.monotonic())
            pieces.append(line)
    assert pieces == ["0", "1", "2", "3"]
    assert arrivals[-1] - arrivals[0] > 0.5


def test_a_body_sent_in_pieces_is_read_in_pieces(host: RunningHost) -> None:
    answer = httpx.post(f"{host.url}/api/size?q=a%20b", content=iter([b"x" * 100_000] * 50), timeout=30)
    assert (answer.status_code, answer.text, answer.headers["x-query"]) == (200, "5000000", "a b")


def test_a_raised_exception_is_500_and_shows_nothing_of_it(host: RunningHost) -> None:
    answer = httpx.get(f"{host.url}/api/raises", timeout=30)
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_a_constraint_decides_whether_a_route_matches(host: RunningHost) -> None:
    assert httpx.get(f"{host.url}/api/count/many", timeout=30).status_code == 404
