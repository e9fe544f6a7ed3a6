"""A desk that is stopped and started again on its data goes on as if nothing had been."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.desk import Desk, Json, problem, running, sample, until

KEY = "handed in before the restart"


def hand_in(desk: Desk, body: Json) -> str:
    answer = desk.api.post("/tickets", json=body, headers={"Idempotency-Key": KEY})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def without_archive(folder: Path) -> None:
    found = list(folder.glob("archive.db*"))
    assert found
    for file in found:
        file.unlink()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("restarted")


@pytest.fixture(scope="module")
def before(folder: Path) -> dict[str, Json]:
    """Tickets of a desk that was stopped, and whose archive is lost."""
    with running(folder, {"MESSAGE_BURST_S": "0.2"}) as desk:
        resolved = desk.until_status(hand_in(desk, sample()), "resolved")
        reopened = desk.resolved(sample("Account lockout"))
        desk.say(reopened["id"], "Thank you. One more thing: Outlook shows Disconnected and receives no new mail.")
        tickets = {
            "resolved": resolved,
            "reopened": desk.until(reopened["id"], lambda it: it["episode"] == 2 and it["status"] == "resolved"),
            "waiting": desk.escalated("Approval"),
            "no ticket": desk.resolved(sample("Not a ticket")),
        }
    without_archive(folder)
    return tickets


@pytest.fixture(scope="module")
def restarted(folder: Path, before: dict[str, Json]) -> Iterator[Desk]:
    with running(folder, {"MESSAGE_BURST_S": "0.2"}) as desk:
        yield desk


def test_a_key_still_stands_for_its_ticket(restarted: Desk, before: dict[str, Json]) -> None:
    assert hand_in(restarted, sample()) == before["resolved"]["id"]
    body = sample(subject="Another matter")
    problem(restarted.api.post("/tickets", json=body, headers={"Idempotency-Key": KEY}), 409)
    assert len(restarted.instances(f"ticket-{before['resolved']['id']}")) == 1


@pytest.mark.parametrize("which", ["resolved", "reopened", "no ticket"])
def test_a_ticket_is_shown_as_before_also_without_the_archive(
    restarted: Desk, before: dict[str, Json], which: str
) -> None:
    assert restarted.ticket(before[which]["id"]) == before[which]


def test_the_archive_is_rebuilt_from_durable_state(restarted: Desk, before: dict[str, Json]) -> None:
    assert restarted.api.post("/archive/rebuild").status_code == 200
    listed = {item["id"]: item for item in restarted.find(limit=200)["items"]}
    for ticket in before.values():
        assert listed[ticket["id"]]["status"] == ticket["status"]
        assert listed[ticket["id"]]["version"] == ticket["version"]
        assert listed[ticket["id"]]["steps"] == ticket["steps"]
    assert restarted.api.post("/archive/rebuild").json()["written"] == 0, "nothing is newer than what was rebuilt"


def test_what_waited_for_a_person_still_does_and_can_be_decided(restarted: Desk, before: dict[str, Json]) -> None:
    waiting = until(lambda: restarted.ticket(before["waiting"]["id"]), lambda it: it["escalation"] is not None)
    assert waiting["escalation"]["id"] == before["waiting"]["escalation"]["id"]
    restarted.decide(waiting["id"], "approve", action_hash=before["waiting"]["escalation"]["action_hash"])
    ticket = restarted.until_status(waiting["id"], "resolved")
    assert [action["kind"] for action in ticket["actions"]] == ["add_to_group"]
