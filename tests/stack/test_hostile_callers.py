"""Some fifty hostile requests, each to every door it can be made at: none gets in, none breaks it, none loses anything.

The doors are those of `triggers/access.py`, so that a new one is attacked as well. A victim's ticket, conversation and
memory are what the attackers are after; at the end they are as they were.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from tests.stack.callers import ADA, ADMIN, DIGEST, MACHINE_KEY, UNKNOWN, application, person, told
from tests.stack.desk import Desk, Json, problem, sample
from triggers.access import DOORS, Door

MALLORY = "mallory@example.com"
VICTIM = "victim@example.com"
PASSING_BY = {"console", "health", "show_approval", "use_approval"}
"""Public: what is behind them is tested where it stands."""
GUARDED = [door for door in DOORS.values() if door.name not in PASSING_BY]
CHANGING = [door for door in GUARDED if door.changes]
NAMED = [door for door in GUARDED if "{" in door.route]
FOR_OTHERS = [door for door in GUARDED if door.own and "{" in door.route]
FOR_ALL = {"list_articles", "search_articles", "get_article", "who_am_i"}
SIGNED = ("decide", "undo_action", "decide_draft", "decide_task", "acknowledge_alert", "clear_alert")
READERS = [
    door
    for door in GUARDED
    if door.method in ("POST", "PUT") and door.name not in ("rebuild_archive", "replay_dead_letter")
]
"""Doors that read a body of some form; to the others it says nothing, or may be any."""


class Prey(NamedTuple):
    """What belongs to the victim, and how it looked before the attack."""

    ticket: Json
    thread: str
    oid: str
    before: Json

    def path(self, door: Door) -> str:
        """The door with the victim's ids in its address."""
        ids = {"{id}": self.ticket["id"], "{thread}": self.thread, "{action}": "1:1.1:1", "{fact}": "f", "{name}": "x"}
        if door.route.startswith("users/"):
            ids["{id}"] = self.oid
        if door.route.startswith("conversations/"):
            ids["{id}"] = "0" * 32
        path = door.route
        for name, value in ids.items():
            path = path.replace(name, value)
        return f"/{path}"


@pytest.fixture(scope="module")
def prey(guarded_desk: Desk) -> Prey:
    desk, oid = guarded_desk, uuid4().hex
    victim = person(VICTIM, oid=oid)
    requester = {"id": oid, "email": VICTIM}
    answer = desk.api.post("/tickets", json=sample(requester=requester), headers=victim)
    assert answer.status_code == 202, answer.text
    opened = desk.api.post("/conversations", json={"requester": {"id": oid}}, headers=victim)
    memory = {"consent": True, "facts": [{"kind": "preference", "topic": "language", "text": "prefers short answers"}]}
    assert desk.api.put(f"/users/{oid}/memory", json=memory, headers=victim).status_code == 200
    ticket = desk.until_status(answer.json()["id"], "resolved")
    thread = opened.json()["thread"]
    return Prey(ticket, thread, oid, belongings(desk, ticket["id"], thread, oid))


def belongings(desk: Desk, ticket_id: str, thread: str, oid: str) -> Json:
    """All that the victim has, as they see it themselves."""
    paths = (
        f"/tickets/{ticket_id}",
        f"/tickets/{ticket_id}/events",
        f"/conversations/{thread}",
        f"/users/{oid}/memory",
    )
    seen = {path: desk.api.get(path, headers=person(VICTIM, oid=oid)) for path in paths}
    assert {answer.status_code for answer in seen.values()} == {200}
    bodies = {path: answer.json() for path, answer in seen.items()}
    bodies[paths[0]].pop("sla")  # its clocks go on
    return bodies


BODIES: dict[str, Json] = {
    "create_ticket": sample(),
    "add_message": {"from": "requester", "text": "It is me."},
    "decide": {"decision": "close"},
    "open_conversation": {"requester": {"id": "somebody"}},
    "say_in_conversation": {"text": "What did I say?"},
    "rate_ticket": {"score": 1},
    "put_memory": {"consent": False},
    "put_fact": {"text": "trusts everybody"},
}


def attack(
    desk: Desk, doors: Iterable[Door], prey: Prey, headers: Callable[[], dict[str, str]], **more: Any
) -> dict[str, httpx.Response]:
    """What each door answered. Calls are made without the desk's own caller."""
    answers: dict[str, httpx.Response] = {}
    for door in doors:
        said: dict[str, Any] = {"json": BODIES.get(door.name, {})} if door.changes and "content" not in more else {}
        request = said | more
        answers[door.name] = desk.api.request(door.method, prey.path(door), headers=headers(), auth=None, **request)
    return answers


def some(doors: list[Door], attacks: Mapping[str, object], attack: str) -> list[Door]:
    """Every third door, each attack beginning with another: together all of them, and a third of the time.

    tests/unit/test_admission.py sends each of those who cannot be told to every door, without a host.
    """
    return doors[list(attacks).index(attack) % 3 :: 3]


def others_than(answers: Mapping[str, httpx.Response], *expected: int) -> dict[str, tuple[int, str]]:
    """Where something else was answered; whatever was, it is a problem that tells nothing of the inside."""
    for answer in answers.values():
        assert "Traceback" not in answer.text
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if answer.status_code >= 400:
            problem(answer, answer.status_code)
    return {
        name: (answer.status_code, answer.text[:200])
        for name, answer in answers.items()
        if answer.status_code not in expected
    }


@pytest.mark.parametrize("name", UNKNOWN)
def test_who_cannot_be_told_enters_no_door(guarded_desk: Desk, prey: Prey, name: str) -> None:
    doors = some(GUARDED, UNKNOWN, name)
    assert others_than(attack(guarded_desk, doors, prey, lambda: UNKNOWN[name]), 401) == {}


def test_a_wrong_key_in_the_address_opens_nothing(guarded_desk: Desk, prey: Prey) -> None:
    assert others_than(attack(guarded_desk, GUARDED[::3], prey, lambda: {}, params={"code": DIGEST}), 401) == {}


def beyond(*roles: str) -> list[Door]:
    """Doors that none of these roles opens, not even to what is one's own."""
    return [door for door in GUARDED if not door.roles & set(roles) and not (door.own and "requester" in roles)]


POWERLESS: dict[str, tuple[Callable[[], dict[str, str]], list[Door]]] = {
    "a requester": (lambda: person(MALLORY), beyond("requester")),
    "a requester with roles spelled otherwise": (
        lambda: person(MALLORY, "Admin", "ADMIN ", "admin,operator"),
        beyond("requester"),
    ),
    "a requester in a group called admin": (
        lambda: told(("oid", uuid4().hex), ("preferred_username", MALLORY), ("groups", "admin"), ("role", "admin")),
        beyond("requester"),
    ),
    "a requester called admin": (lambda: person("admin"), beyond("requester")),
    "an operator": (lambda: person(MALLORY, "operator"), beyond("requester", "operator")),
    "an approver": (lambda: person(MALLORY, "approver"), beyond("requester", "approver")),
    "an application without a role": (application, GUARDED),
    "a machine": (lambda: {"x-functions-key": MACHINE_KEY}, beyond("operator")),
}  # fmt: skip


@pytest.mark.parametrize("name", POWERLESS)
def test_who_lacks_the_role_is_refused(guarded_desk: Desk, prey: Prey, name: str) -> None:
    headers, doors = POWERLESS[name]
    assert doors
    assert others_than(attack(guarded_desk, doors, prey, headers), 403) == {}


def test_a_refused_change_is_in_the_trail(guarded_desk: Desk, prey: Prey) -> None:
    name = f"{uuid4().hex}@example.com"
    attack(guarded_desk, [DOORS["erase_user"]], prey, lambda: person(name))
    (line,) = guarded_desk.api.get("/audit", params={"actor": name}).json()["items"]
    assert (line["act"], line["outcome"]) == ("door.erase_user", "refused")


def test_what_is_somebody_elses_is_not_there_for_a_requester(guarded_desk: Desk, prey: Prey) -> None:
    answers = attack(guarded_desk, FOR_OTHERS, prey, lambda: person(MALLORY))
    assert others_than(answers, 404) == {}
    assert not any(VICTIM in answer.text for answer in answers.values())


def test_a_requester_lists_their_own_only(guarded_desk: Desk, prey: Prey) -> None:
    for query in ({}, {"requester": prey.oid}, {"q": "VPN"}, {"q": prey.ticket["id"]}, {"requester": VICTIM}):
        found = guarded_desk.api.get("/tickets", params=query, headers=person(MALLORY))
        assert (found.status_code, found.json()["items"]) == (200, [])
    own = guarded_desk.api.get("/tickets", headers=person(VICTIM, oid=prey.oid)).json()["items"]
    assert [ticket["id"] for ticket in own] == [prey.ticket["id"]]


OTHERS_NAME: dict[str, tuple[str, str, Json]] = {
    "a ticket": ("POST", "/tickets", sample(requester={"id": "u-1001"})),
    "a ticket with another's address": ("POST", "/tickets", sample(requester={"id": "mallory-1", "email": VICTIM})),
    "a ticket with a system's id": ("POST", "/tickets", sample(requester={"id": "mallory-1"}, external_id="INC-1")),
    "a conversation": ("POST", "/conversations", {"requester": {"id": "u-1001"}}),
}


@pytest.mark.parametrize("name", OTHERS_NAME)
def test_nobody_opens_anything_in_anothers_name(guarded_desk: Desk, name: str) -> None:
    method, path, body = OTHERS_NAME[name]
    problem(guarded_desk.api.request(method, path, json=body, headers=person(MALLORY, oid="mallory-1")), 403)


def test_one_requesters_key_takes_nothing_from_another(guarded_desk: Desk) -> None:
    key = uuid4().hex
    ids: list[str] = []
    for oid in (uuid4().hex, uuid4().hex):
        body = sample(requester={"id": oid})
        headers = person(MALLORY, oid=oid) | {"Idempotency-Key": key}
        answer = guarded_desk.api.post("/tickets", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        ids.append(answer.json()["id"])
    assert ids[0] != ids[1]


def test_nobody_signs_with_anothers_name(guarded_desk: Desk, prey: Prey) -> None:
    for name in SIGNED:
        body = {"decision": "approve", "by": VICTIM}
        path = prey.path(DOORS[name])
        answer = guarded_desk.api.post(path, json=body, headers=person(ADA, "admin", "approver"))
        assert answer.status_code in (403, 404), answer.text


def test_an_administrator_who_is_no_approver_approves_nothing(guarded_desk: Desk) -> None:
    waiting = guarded_desk.escalated("Approval")
    body = {"decision": "approve", "action_hash": waiting["escalation"]["action_hash"]}
    path = f"/tickets/{waiting['id']}/decision"
    for headers in (person(ADA, "admin"), person(ADA, "operator"), {"x-functions-key": MACHINE_KEY}):
        problem(guarded_desk.api.post(path, json=body, headers=headers), 403)
    own = waiting["requester"]
    for name, oid in ((own["email"], None), ("someone@example.com", own["id"])):
        problem(guarded_desk.api.post(path, json=body, headers=person(name, "approver", oid=oid)), 403)
    assert guarded_desk.ticket(waiting["id"])["actions"] == []


ELSEWHERE: dict[str, dict[str, str]] = {
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a site beside": {"Sec-Fetch-Site": "same-site"},
    "another origin": {"Origin": "https://evil.example.com"},
    "no origin": {"Origin": "null"},
    "an origin that begins alike": {"Origin": "http://127.0.0.1:9.evil.example.com"},
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_another_sites_page_changes_nothing(guarded_desk: Desk, prey: Prey, name: str) -> None:
    doors = some(CHANGING, ELSEWHERE, name)
    answers = attack(guarded_desk, doors, prey, lambda: person(ADA, "admin", "approver") | ELSEWHERE[name])
    assert others_than(answers, 403) == {}


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
    "NUL": "%00", "a line and a header": "%0d%0aSet-Cookie:%20admin=1", "SQL": "'%20OR%201=1--",
    "a template": "%7Bid%7D", "a wildcard": "*", "a bare percent": "%", "half UTF-8": "%c3%28",
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
    "limit=9e9",
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


def test_who_comes_too_often_has_to_wait_and_nobody_else(guarded_desk: Desk) -> None:
    oid = uuid4().hex
    answers = [guarded_desk.api.get("/me", headers=person(MALLORY, oid=oid)) for _ in range(80)]
    over = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert answers[0].headers["RateLimit-Policy"] == '"calls";q=60;w=60'
    assert '"calls";r=' in answers[0].headers["RateLimit"]
    assert int(over[0].headers["Retry-After"]) >= 1
    problem(over[0], 429)
    assert guarded_desk.api.get("/me", headers=person(MALLORY)).status_code == 200


def test_strangers_learn_of_the_desks_health_and_of_nothing_inside(guarded_desk: Desk) -> None:
    answer = guarded_desk.api.get("/health", auth=None)
    assert answer.json().keys() == {"status", "down"}
    assert "checks" in guarded_desk.api.get("/health").json()
    forged = guarded_desk.api.get("/health", headers=UNKNOWN["the developer's headers"], auth=None)
    assert forged.status_code == 401


def test_who_is_known_gets_in_and_is_told_their_name(guarded_desk: Desk, prey: Prey) -> None:
    """The attacks above are refused for what is wrong with them: as it should be, the same doors open."""
    told_me = guarded_desk.api.get("/me", headers=person(MALLORY, oid="m-1")).json()
    assert told_me == {"id": "m-1", "name": MALLORY, "kind": "person", "roles": ["requester"]}
    machine = guarded_desk.api.get("/tickets", headers={"x-functions-key": MACHINE_KEY})
    assert prey.ticket["id"] in {ticket["id"] for ticket in machine.json()["items"]}
    shown = guarded_desk.api.get(f"/tickets/{prey.ticket['id']}", headers=person(VICTIM, oid=prey.oid)).json()
    assert shown["answer"]
    assert not shown.keys() & {"escalation", "steps", "reasons", "usage", "actions", "degraded"}
    note = {"from": "operator", "text": "Watch this one.", "internal": True}
    written = guarded_desk.api.post(f"/tickets/{prey.ticket['id']}/messages", json=note)
    assert written.status_code == 202
    own = guarded_desk.api.get(f"/tickets/{prey.ticket['id']}", headers=person(VICTIM, oid=prey.oid))
    assert "Watch this one" not in own.text


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
