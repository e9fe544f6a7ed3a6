"""Hostile callers at every door: who cannot be told, may not, asks for what is another's, or comes from elsewhere.

None gets in; at the end what belongs to their victim is as it was (`test_hostile_requests.py`).
"""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.stack.callers import ADA, DIGEST, MACHINE_KEY, UNKNOWN, application, person, told
from tests.stack.desk import Desk, Json, problem, sample
from tests.stack.prey import GUARDED, MALLORY, VICTIM, Prey, attack, others_than, some
from triggers.access import DOORS, Door

CHANGING = [door for door in GUARDED if door.changes]
FOR_OTHERS = [door for door in GUARDED if door.own and "{" in door.route]
SIGNED = ("decide", "undo_action", "decide_draft", "decide_task", "acknowledge_alert", "clear_alert")


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
