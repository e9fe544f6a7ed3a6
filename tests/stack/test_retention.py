"""Durable state that has ended goes when its time is over; what the archive shows stays, masked."""

from collections.abc import Iterator

import pytest

from tests.stack.desk import HAS_ANSWER, Desk, problem, running, sample, until

SETTINGS = {"RETENTION_DAYS": "0.00001", "REOPEN_WINDOW_S": "1", "MESSAGE_BURST_S": "0.2"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running(tmp_path_factory.mktemp("retention"), SETTINGS) as desk:
        yield desk


def test_an_ended_episode_goes_and_the_ticket_can_still_be_read(desk: Desk) -> None:
    resolved = desk.resolved()
    waiting = desk.escalated()

    def left() -> set[str]:
        desk.api.post(f"{desk.stack.url}/admin/functions/purge_expired", json={})
        return {found["instanceId"] for found in desk.instances("ticket-")}

    until(left, lambda ids: f"ticket-{resolved['id']}-1" not in ids)
    assert f"ticket-{waiting['id']}-1" in left()
    assert desk.ticket(resolved["id"])["status"] in HAS_ANSWER
    assert desk.ticket(resolved["id"])["answer"] == resolved["answer"]
    assert problem(desk.say(resolved["id"], "Again?"), 409)["detail"]


def test_a_ticket_that_comes_again_after_its_episode_went_is_known_by_its_key(desk: Desk) -> None:
    body, headers = sample(), {"Idempotency-Key": "monday-07"}
    first = desk.api.post("/tickets", json=body, headers=headers).json()["id"]
    before = desk.until_status(first, *HAS_ANSWER, "closed")

    def episodes() -> list[str]:
        desk.api.post(f"{desk.stack.url}/admin/functions/purge_expired", json={})
        return [found["instanceId"] for found in desk.instances(f"ticket-{first}-")]

    until(episodes, lambda left: not left)
    again = desk.api.post("/tickets", json=body, headers=headers)
    assert (again.status_code, again.json()["id"]) == (202, first)
    other = desk.api.post("/tickets", json=body | {"subject": "Something else"}, headers=headers)
    assert problem(other, 409)["title"] == "Conflict"
    assert episodes() == []
    assert desk.ticket(first)["answer"] == before["answer"]
