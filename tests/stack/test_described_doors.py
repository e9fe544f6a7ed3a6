"""Every door does what the description of the API says of it, whatever it is sent."""

from pathlib import Path

import pytest

from tests.stack.desk import Desk, running
from tests.stack.fuzzing import SETTINGS, fuzz


def test_no_door_fails_or_answers_what_is_not_described(tmp_path: Path) -> None:
    """The same calls each time; `make fuzz` makes others, and more of them."""
    with running(tmp_path / "desk", SETTINGS) as desk:
        found = fuzz(desk, tmp_path, "--phases", "fuzzing", "--max-examples", "2", "--generation-deterministic")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "Tested: 68" in found.stdout


def test_the_description_and_its_page_are_served(desk: Desk) -> None:
    api = desk.api.get("/openapi.json")
    assert api.headers["Content-Type"].startswith("application/json")
    assert api.json()["openapi"] == "3.1.0"
    page = desk.api.get("/docs")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    unchanged = desk.api.get("/openapi.json", headers={"If-None-Match": api.headers["ETag"]})
    assert unchanged.status_code == 304


@pytest.mark.parametrize(
    ("path", "body"),
    [("/users/u-1/memory", {"consent": 0}), ("/users/u-1/memory", {"consent": "no"})],
)
def test_what_only_looks_like_an_answer_is_none(desk: Desk, path: str, body: dict[str, object]) -> None:
    """A 0 is no `false`: somebody's consent would hang on how a caller writes numbers."""
    assert desk.api.put(path, json=body).status_code == 400


@pytest.mark.parametrize("query", ["/usage?day=0", "/audit?from=0.5", "/audit?to=1700000000"])
def test_a_number_is_no_date(desk: Desk, query: str) -> None:
    assert desk.api.get(query).status_code == 400


def test_an_empty_filter_takes_all(desk: Desk) -> None:
    assert desk.api.get("/tickets?status=&priority=&fields=").status_code == 200
