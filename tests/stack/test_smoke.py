"""The smoke test of a deployment, on a desk that is well and on ones that are not."""

import pytest

from samples import smoke
from tests.stack.desk import Desk


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "POLL_S", 0.2)


def run(monkeypatch: pytest.MonkeyPatch, url: str) -> int:
    monkeypatch.setattr("sys.argv", ["smoke.py", url])
    return smoke.main()


def test_a_desk_that_is_well_passes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, desk.stack.url) == 0
    *_, ticket_id, _, status = capsys.readouterr().out.split()
    ticket = desk.ticket(ticket_id)
    assert (ticket["requester"]["id"], ticket["status"]) == ("smoke-test", status)


def test_a_desk_that_lets_strangers_in_does_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one at home does."""
    monkeypatch.setenv("DESK_KEY", "key")
    assert run(monkeypatch, desk.stack.url) == 1
    assert "without sign-in GET /tickets answers 200" in capsys.readouterr().err


def test_where_no_desk_answers_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(smoke, "PATIENCE_S", 0.0)
    assert run(monkeypatch, "http://127.0.0.1:1") == 1
    assert "GET /health" in capsys.readouterr().err
