"""Bodies made to break a parser: refused or taken, never an error of the desk's own."""

import json

import httpx
import pytest

from tests.stack.desk import HAS_ANSWER, Desk, problem, sample

DOORS = ("/tickets", "/tickets/{id}/messages", "/tickets/{id}/decision", "/batches")
NESTED = 100_000

HOSTILE = {
    "a lone surrogate as value": b'{"subject": "\\ud800", "text": "\\ud800", "by": "\\udfff"}',
    "a lone surrogate as name": b'{"\\ud800": 1}',
    "brackets without end": b"[" * NESTED,
    "deep nesting": b"[" * NESTED + b"]" * NESTED,
    "deep nesting in a field": b'{"subject": ' + b'{"a":' * 900 + b"1" + b"}" * 901,
    "a number of ten thousand digits": b'{"subject": ' + b"9" * 10_000 + b"}",
    "not a number": b'{"subject": NaN, "text": Infinity}',
    "bytes that are no UTF-8": b'{"subject": "\xff\xfe\xfd"}',
    "UTF-16": '{"subject": "x"}'.encode("utf-16"),
    "a NUL byte": b'{"subject": "\x00"}',
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=list(HOSTILE))
def test_no_body_breaks_a_door(desk: Desk, resolved_id: str, door: str, body: bytes) -> None:
    answer = _post(desk, door.format(id=resolved_id), body)
    if answer.status_code == 202 and door == "/batches":
        view = desk.batch_over(answer.json()["id"])
        assert view["failed"] == view["total"]
    else:
        problem(answer, 400)


def test_a_nul_in_a_text_costs_no_ticket(desk: Desk) -> None:
    body = sample(subject="VPN\u0000 drops", description="The VPN drops\u0000 on Wi-Fi at home, every ten minutes.")
    ticket = desk.resolved(body)
    assert ticket["status"] in HAS_ANSWER


def test_odd_but_valid_text_comes_back_as_it_was_sent(desk: Desk) -> None:
    subject = "VPN \u202e\u0301 \U0001f600 \u2028 <script> \\ \" '"
    body = json.dumps(sample(subject=subject)).encode()
    answer = _post(desk, "/tickets", body)
    assert answer.status_code == 202
    assert desk.ticket(answer.json()["id"])["subject"] == subject


@pytest.fixture(scope="module")
def resolved_id(desk: Desk) -> str:
    return desk.resolved()["id"]


def _post(desk: Desk, door: str, body: bytes) -> httpx.Response:
    return desk.api.post(door, content=body, headers={"Content-Type": "application/json"})
