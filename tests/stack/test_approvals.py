"""An approval over HTTP is for one asking, and where a setting asks for it, of two different people."""

from pathlib import Path

from tests.stack.desk import Desk, Json, problem, running

SETTINGS = {"APPROVAL_EXPIRES_S": "8", "FOUR_EYES": "add_to_group", "MESSAGE_BURST_S": "0.2"}


def test_an_expired_approval_is_refused_and_the_next_asking_takes_two_people(tmp_path: Path) -> None:
    with running(tmp_path, SETTINGS) as desk:
        first = desk.escalated("Approval")
        old = first["escalation"]["action_hash"]
        asked_anew = desk.until(first["id"], lambda ticket: ticket["escalation"]["action_hash"] != old)
        now = asked_anew["escalation"]["action_hash"]
        assert "expired" in problem(desk.decide(first["id"], "approve", by="ada", action_hash=old), 409)["detail"]
        _approve(desk, first["id"], "ada", now)
        alone = desk.until(first["id"], lambda ticket: _approvers(ticket) == ["ada"])
        assert (alone["status"], alone["actions"]) == ("escalated", [])
        _approve(desk, first["id"], "ada", now)
        _approve(desk, first["id"], "bob", now)
        done = desk.until_status(first["id"], "resolved")
        assert (_approvers(done), [action["kind"] for action in done["actions"]]) == (["ada", "bob"], ["add_to_group"])
        acts = desk.api.get("/audit", params={"target": f"ticket:{first['id']}"}).json()["items"]
        assert ("action.add_to_group", "ada, bob", "done") in {
            (act["act"], act["actor"], act["outcome"]) for act in acts
        }


def _approve(desk: Desk, ticket_id: str, by: str, action_hash: str) -> None:
    answer = desk.decide(ticket_id, "approve", by=by, action_hash=action_hash)
    assert answer.status_code == 202, answer.text


def _approvers(ticket: Json) -> list[str]:
    return [approval["by"] for approval in ticket["escalation"]["approvals"]]
