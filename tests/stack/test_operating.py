"""What an operator does with the durable runtime's own API leaves no door broken."""

import json
from uuid import uuid4

from tests.stack.desk import Desk, problem, sample, until

SIZE = 40


def terminate(desk: Desk, instance_id: str) -> None:
    url = f"{desk.stack.url}/runtime/webhooks/durabletask/instances/{instance_id}"
    assert desk.api.post(f"{url}/terminate", params={"reason": "gone astray"}).status_code == 202
    until(lambda: desk.api.get(url).json()["runtimeStatus"], lambda status: status == "Terminated")


def test_a_ticket_whose_instance_was_ended_is_still_shown_and_a_message_takes_it_up_again(desk: Desk) -> None:
    ticket = desk.escalated("Approval")
    terminate(desk, f"ticket-{ticket['id']}-1")
    assert desk.ticket(ticket["id"])["subject"] == ticket["subject"]
    problem(desk.decide(ticket["id"], "close"), 409)
    assert desk.api.post("/archive/rebuild").status_code == 200
    desk.say(ticket["id"], "Is anybody there?")
    again = desk.until(ticket["id"], lambda it: it["episode"] == 2 and it["escalation"] is not None)
    desk.decide(ticket["id"], "approve", action_hash=again["escalation"]["action_hash"])
    assert desk.until_status(ticket["id"], "resolved")["actions"]


def test_a_batch_whose_instance_was_ended_says_so_and_still_adds_up(desk: Desk) -> None:
    body = json.dumps([sample(external_id=uuid4().hex) for _ in range(SIZE)])
    answer = desk.api.post("/batches", content=body, headers={"Content-Type": "application/json"})
    batch_id = answer.json()["id"]
    until(lambda: desk.batch(batch_id), lambda shown: shown["in_flight"] > 0)
    terminate(desk, f"batch-{batch_id}")
    view = desk.batch(batch_id)
    assert (view["status"], view["total"], view["in_flight"]) == ("completed_with_failures", SIZE, 0)
    assert view["failed"] > 0
    assert "ended early" in view["failures"][-1]["reason"]
