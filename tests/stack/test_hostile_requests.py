"""Hostile requests at every door: broken bodies, ids that are none, too much of anything.

They are an administrator's, so that it is the request that is refused. None breaks a door, none loses anything.
"""

import pytest

from tests.stack.callers import ADA, ADMIN, DIGEST, MACHINE_KEY, person
from tests.stack.desk import Desk, problem, sample
from tests.stack.prey import BODIES, GUARDED, Prey, attack, belongings, others_than, some

NAMED = [door for door in GUARDED if "{" in door.route]
READERS = [
    door
    for door in GUARDED
    if door.method in ("POST", "PUT") and door.name not in ("rebuild_archive", "replay_dead_letter")
]
"""Doors that read a body of some form; to the others it says nothing, or may be any."""


BROKEN: dict[str, bytes] = {
    "no JSON": b"admin=true",
    "a list": b"[[1]]",
    "null": b"null",
    "a number of a thousand digits": b"9" * 1_000,
    "nested brackets": b"[" * 50_000,
    "a NUL and half a surrogate": b'{"by": "\x00", "text": "\\ud800"}',
    "bytes that are no UTF-8": b'{"text": "\xff\xfe"}',
    "a field nobody knows": b'{"__proto__": {"admin": true}, "roles": ["admin"]}',
    "more than a door takes": b'{"text": "' + b"A" * 300_000 + b'"}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_body_breaks_no_door(guarded_desk: Desk, prey: Prey, name: str) -> None:
    doors = some([door for door in READERS if door.name != "create_batch"], BROKEN, name)
    headers = {"Content-Type": "application/json"}
    answers = attack(
        guarded_desk, doors, prey, lambda: person(ADA, "admin", "approver") | headers, content=BROKEN[name]
    )
    assert others_than(answers, 400, 403, 404, 409, 413, 422) == {}


def test_another_type_of_body_is_refused(guarded_desk: Desk, prey: Prey) -> None:
    doors = [door for door in READERS if door.name not in ("create_batch", "put_article")][::2]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = attack(guarded_desk, doors, prey, lambda: person(ADA, "admin", "approver") | headers, content=b'{"a": 1}')
    assert others_than(answers, 404, 409, 415) == {}


PATHS: dict[str, str] = {
    "up, encoded": "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "up, encoded twice": "%252e%252e%252f",
    "NUL": "%00", "a line and a header": "%0d%0aSet-Cookie:%20admin=1", "SQL": "'%20OR%201=1--", "a bare percent": "%",
    "right to left": "%E2%80%AE", "very long": "a" * 3_000, "a key of Redis": "helpdesk%7Ccallers%7C*",
}  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
def test_an_id_that_is_none_leads_nowhere(guarded_desk: Desk, name: str) -> None:
    """As an administrator, so that it is the id that is refused; whose own may lead to what is empty."""
    strange: dict[str, int] = {}
    for door in some(NAMED, PATHS, name):
        path = "/".join(PATHS[name] if part.startswith("{") else part for part in door.route.split("/"))
        body = BODIES.get(door.name, {"by": ADA}) if door.method in ("POST", "PUT") else None
        answer = guarded_desk.api.request(door.method, f"{guarded_desk.stack.url}/api/{path}", json=body)
        assert "Set-Cookie" not in answer.headers
        assert "Traceback" not in answer.text
        about_nobody = door.route.startswith("users/") and answer.status_code in (200, 202)
        if not (400 <= answer.status_code < 500 or about_nobody):
            strange[door.name] = answer.status_code
    assert strange == {}


QUERIES = (
    "limit=-1",
    "limit=1&limit=2",
    "cursor=AAAA",
    "cursor=%00",
    "cursor=" + "A" * 3_000,
    "admin=true",
)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:20])
def test_a_query_that_is_none_is_refused(guarded_desk: Desk, query: str) -> None:
    lists = (
        "tickets",
        "batches",
        "tasks",
        "dead-letters",
        "audit",
        "alerts",
        "knowledge/drafts",
        "watch/cycles",
    )
    answered = {path: guarded_desk.api.get(f"/{path}?{query}").status_code for path in lists}
    assert {path: status for path, status in answered.items() if status != 400} == {}


def test_too_much_of_anything_is_refused(guarded_desk: Desk) -> None:
    api = guarded_desk.api
    problem(api.get("/tickets", params={"q": "a" * 5_000}), 414)
    problem(api.get("/tickets", headers={f"X-Filler-{number}": "a" for number in range(120)}), 431)
    problem(api.get("/tickets", headers={f"X-Filler-{number}": "a" * 4_000 for number in range(9)}), 431)
    problem(api.post("/tickets", json=sample(), headers={"Idempotency-Key": "k" * 256}), 400)
    problem(api.post("/batches", content=b"[" + b" " * 11 * 1024 * 1024 + b"]"), 413)
    problem(api.post("/tickets", content=b'{"subject": "' + b"A" * 300 * 1024 + b'"}'), 413)


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_method_that_no_door_has_finds_none(guarded_desk: Desk, method: str) -> None:
    assert guarded_desk.api.request(method, "/tickets").status_code in (404, 405)


def test_after_all_that_nothing_was_lost(guarded_desk: Desk, prey: Prey) -> None:
    assert guarded_desk.api.get("/health").json()["status"] == "up"
    assert guarded_desk.api.get("/audit/verification").json()["intact"]
    now = belongings(guarded_desk, prey.ticket["id"], prey.thread, prey.oid)
    conversation, memory = f"/conversations/{prey.thread}", f"/users/{prey.oid}/memory"
    ticket = f"/tickets/{prey.ticket['id']}"
    assert now[conversation] == prey.before[conversation]
    assert now[memory]["consent"] == prey.before[memory]["consent"]
    assert all(fact in now[memory]["facts"] for fact in prey.before[memory]["facts"])
    for field in ("status", "answer", "subject", "requester"):
        assert now[ticket][field] == prey.before[ticket][field]
    assert guarded_desk.resolved()["answer"]
    log = guarded_desk.stack.log.read_text()
    assert MACHINE_KEY not in log
    assert ADMIN not in log
    assert DIGEST not in log
