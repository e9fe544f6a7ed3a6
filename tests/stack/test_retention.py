"""Durable state that has ended goes when its time is over; what the archive shows stays, masked."""

from pathlib import Path

from tests.stack.desk import HAS_ANSWER, problem, running, until


def test_an_ended_episode_goes_and_the_ticket_can_still_be_read(tmp_path: Path) -> None:
    settings = {"RETENTION_DAYS": "0.00001", "REOPEN_WINDOW_S": "1", "MESSAGE_BURST_S": "0.2"}
    with running(tmp_path, settings) as desk:
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
