"""What attackers are after on a running desk, and how they go about it at each of its doors.

The doors are those of `triggers/access.py`, so that a new one is attacked as well.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from uuid import uuid4

import httpx

from tests.stack.callers import person
from tests.stack.desk import Desk, Json, problem, sample
from triggers.access import DOORS, Door

MALLORY = "mallory@example.com"
VICTIM = "victim@example.com"
GUARDED = [door for door in DOORS.values() if not door.is_public]
"""What is behind the public ones is tested where it stands."""


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


def with_prey(desk: Desk) -> Prey:
    oid = uuid4().hex
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
