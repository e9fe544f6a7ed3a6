"""What holds for every door alike."""

import pytest

from tests.stack.desk import Desk, Json, problem, sample

UNKNOWN = "0" * 24
MESSAGE = {"from": "requester", "text": "Hello"}
DECISION = {"decision": "close", "by": "operator"}

ANSWERED: tuple[tuple[str, str, Json | None, int], ...] = (
    ("POST", "/tickets", sample(), 202),
    ("GET", "/tickets", None, 200),
    ("GET", "/health", None, 200),
    ("GET", "/usage", None, 200),
    ("POST", "/archive/rebuild", None, 200),
)
REFUSED: tuple[tuple[str, str, Json | None, int], ...] = (
    ("POST", "/tickets", {}, 400),
    ("GET", "/tickets?limit=0", None, 400),
    ("GET", f"/tickets/{UNKNOWN}", None, 404),
    ("GET", f"/tickets/{UNKNOWN}/events", None, 404),
    ("POST", f"/tickets/{UNKNOWN}/messages", MESSAGE, 404),
    ("POST", f"/tickets/{UNKNOWN}/messages", {}, 400),
    ("POST", f"/tickets/{UNKNOWN}/decision", DECISION, 404),
    ("POST", f"/tickets/{UNKNOWN}/decision", {}, 400),
    ("POST", "/batches", None, 400),
    ("GET", f"/batches/{UNKNOWN}", None, 404),
    ("GET", "/usage?day=yesterday", None, 400),
)


@pytest.mark.parametrize(("method", "path", "body", "status"), ANSWERED)
def test_every_answer_carries_the_callers_correlation_id(
    desk: Desk, method: str, path: str, body: Json | None, status: int
) -> None:
    answer = desk.api.request(method, path, json=body, headers={"X-Correlation-ID": "call-17"})
    assert answer.status_code == status
    assert answer.headers["X-Correlation-ID"] == "call-17"
    assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(("method", "path", "body", "status"), REFUSED)
def test_every_error_is_a_problem_with_a_correlation_id(
    desk: Desk, method: str, path: str, body: Json | None, status: int
) -> None:
    assert problem(desk.api.request(method, path, json=body), status)["correlation_id"]
