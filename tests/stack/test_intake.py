"""POST /tickets takes a ticket in, or says exactly what is wrong with it."""

from typing import Any

import pytest

from tests.stack.desk import Desk, problem, sample

KIB = 1024


def test_a_ticket_is_accepted_with_where_to_look_and_when(desk: Desk) -> None:
    answer = desk.api.post("/tickets", json=sample())
    body = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/tickets/{body['id']}" == body["links"]["self"]
    assert int(answer.headers["Retry-After"]) >= 1
    assert body["status"] == "new"
    assert desk.ticket(body["id"])["id"] == body["id"]


def test_every_field_is_taken_at_its_limit(desk: Desk) -> None:
    body = sample(
        subject="s" * 200, description="d" * 20_000, external_id="e" * 255, channel="chat",
        requester={"id": "u-1002", "email": "one@example.com", "name": "One"},
        attachments=[{"name": "log.txt", "url": "https://files.example.com/log.txt", "size_bytes": 10}],
    )  # fmt: skip
    ticket = desk.ticket(desk.open(body))
    assert ticket["subject"] == "s" * 200
    assert ticket["external_id"] == "e" * 255
    assert ticket["channel"] == "chat"
    assert ticket["requester"] == body["requester"]


@pytest.mark.parametrize(
    ("fault", "pointer"),
    [
        ({"subject": ""}, "/subject"),
        ({"subject": "   "}, "/subject"),
        ({"subject": "s" * 201}, "/subject"),
        ({"subject": 7}, "/subject"),
        ({"description": ""}, "/description"),
        ({"description": "d" * 20_001}, "/description"),
        ({"requester": None}, "/requester"),
        ({"requester": {}}, "/requester/id"),
        ({"requester": {"id": ""}}, "/requester/id"),
        ({"requester": {"id": "u-1", "email": "nowhere"}}, "/requester/email"),
        ({"requester": {"id": "u-1", "tenant": "other"}}, "/requester/tenant"),
        ({"external_id": "e" * 256}, "/external_id"),
        ({"attachments": [{"name": "log.txt"}]}, "/attachments/0/url"),
        ({"attachments": [{"name": "a", "url": "u", "size_bytes": -1}]}, "/attachments/0/size_bytes"),
        ({"tenant": "other"}, "/tenant"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_is_wrong_is_pointed_at(desk: Desk, fault: dict[str, Any], pointer: str) -> None:
    told = problem(desk.api.post("/tickets", json=sample() | fault), 400)
    assert [error["pointer"] for error in told["errors"]] == [pointer]
    assert all(error["detail"] for error in told["errors"])


def test_all_faults_are_named_at_once(desk: Desk) -> None:
    told = problem(desk.api.post("/tickets", json={"colour": "red"}), 400)
    assert {error["pointer"] for error in told["errors"]} == {"/subject", "/description", "/requester", "/colour"}


@pytest.mark.parametrize("body", ["[]", "null", '"ticket"', "7"])
def test_json_that_is_no_object_is_refused(desk: Desk, body: str) -> None:
    problem(desk.api.post("/tickets", content=body, headers={"Content-Type": "application/json"}), 400)


@pytest.mark.parametrize("body", ["", "{", "subject=printer", '{"subject": }'])
def test_what_is_not_json_is_refused(desk: Desk, body: str) -> None:
    problem(desk.api.post("/tickets", content=body, headers={"Content-Type": "application/json"}), 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_content_type_is_refused(desk: Desk, kind: str) -> None:
    problem(desk.api.post("/tickets", content="{}", headers={"Content-Type": kind}), 415)


def test_a_body_over_256_kib_is_refused(desk: Desk) -> None:
    body = b'{"subject": "' + b"s" * (256 * KIB) + b'"}'
    problem(desk.api.post("/tickets", content=body, headers={"Content-Type": "application/json"}), 413)


def test_the_callers_correlation_id_is_given_back(desk: Desk) -> None:
    headers = {"X-Correlation-ID": "call-17"}
    assert desk.api.post("/tickets", json=sample(), headers=headers).headers["X-Correlation-ID"] == "call-17"
    assert problem(desk.api.post("/tickets", json={}, headers=headers), 400)["correlation_id"] == "call-17"


def test_a_call_without_correlation_id_gets_one_of_its_own(desk: Desk) -> None:
    given = [desk.api.get("/health").headers["X-Correlation-ID"] for _ in range(2)]
    assert given[0] != given[1]


@pytest.mark.parametrize("unusable", ["x" * 129, "caf\u00e9", "one\ttwo"])
def test_a_correlation_id_that_cannot_be_logged_is_replaced(desk: Desk, unusable: str) -> None:
    answer = desk.api.get("/tickets/unknown", headers=[(b"X-Correlation-ID", unusable.encode())])
    assert problem(answer, 404)["correlation_id"] not in ("", unusable)
