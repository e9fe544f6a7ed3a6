"""A resolved ticket is closed once its window for reopening is over; no instance waits for that."""

from datetime import datetime

import pytest

from tests.stack.desk import Desk, Json, problem, until


@pytest.fixture(scope="module")
def closed(hasty_desk: Desk) -> Json:
    """A ticket whose window is over."""
    return hasty_desk.until_status(hasty_desk.open(), "closed")


def test_the_ticket_is_shown_as_closed_everywhere(hasty_desk: Desk, closed: Json) -> None:
    listed = until(
        lambda: hasty_desk.find(status="closed", limit=200)["items"],
        lambda items: closed["id"] in {item["id"] for item in items},
    )
    assert {item["status"] for item in listed} == {"closed"}
    assert closed["id"] not in {item["id"] for item in hasty_desk.find(status="resolved", limit=200)["items"]}


def test_what_was_answered_stays(hasty_desk: Desk, closed: Json) -> None:
    resolved_at = datetime.fromisoformat(closed["resolved_at"])
    assert (datetime.fromisoformat(closed["closes_at"]) - resolved_at).total_seconds() == 2
    assert closed["answer"]
    assert closed["sla"]["resolution"]["stopped_at"] is not None


def test_closing_is_published_once(hasty_desk: Desk, closed: Json) -> None:
    def events() -> list[str]:
        answer = hasty_desk.api.get(f"/tickets/{closed['id']}/events")
        return [event["type"].rpartition(".")[2] for event in answer.json()["items"]]

    until(events, lambda types: types[-1] == "closed")
    another = hasty_desk.open()
    until(lambda: hasty_desk.api.get(f"/tickets/{another}/events").text, lambda text: "ticket.closed" in text)
    assert events() == ["in_progress", "resolved", "closed"]


def test_no_instance_is_left_running(hasty_desk: Desk, closed: Json) -> None:
    (instance,) = hasty_desk.instances(f"ticket-{closed['id']}")
    assert instance["runtimeStatus"] == "Completed"


def test_a_message_that_comes_too_late_is_refused(hasty_desk: Desk, closed: Json) -> None:
    problem(hasty_desk.say(closed["id"], "It is back."), 409)
    assert [instance["instanceId"] for instance in hasty_desk.instances(f"ticket-{closed['id']}")] == [
        f"ticket-{closed['id']}-1"
    ]


def test_a_message_within_the_window_reopens_and_the_window_starts_anew(hasty_desk: Desk) -> None:
    before = hasty_desk.resolved()
    text = "Thank you. One more thing: Outlook on my laptop shows Disconnected and receives no new mail."
    assert hasty_desk.say(before["id"], text).status_code == 202
    after = hasty_desk.until(
        before["id"], lambda ticket: ticket["episode"] == 2 and ticket["status"] in ("resolved", "closed")
    )
    assert after["closes_at"] > before["closes_at"]
    assert hasty_desk.until_status(before["id"], "closed")["episode"] == 2
