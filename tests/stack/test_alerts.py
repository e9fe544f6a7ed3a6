"""Alerts on a running desk: raised, told once, handled by people and cleared, with a channel down for a while."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.desk import Desk, Json, problem, running, sample, until
from tests.stack.webhook import SECRET, Webhook, receiving


@pytest.fixture(scope="module")
def receiver() -> Iterator[Webhook]:
    with receiving() as webhook:
        yield webhook


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, receiver: Webhook) -> Iterator[Desk]:
    """A desk that looks each second, and for which one waiting escalation is already too many."""
    folder: Path = tmp_path_factory.mktemp("watched")
    settings = {
        "SWEEP_SCHEDULE": "* * * * * *", "ALERT_CHANNELS": "console,file,webhook", "ALERT_WEBHOOK_SECRET": SECRET,
        "ALERT_FILE": str(folder / "alerts.jsonl"), "ALERT_WEBHOOK_URL": receiver.url, "RETRY_FIRST_DELAY_S": "0.2",
        "ALERT_LEVELS": json.dumps({
            "escalation_waits": {"raise_at": 1, "clear_at": 0, "clear_after_s": 1},
        }),
    }  # fmt: skip
    with running(folder, settings) as desk:
        yield desk


def alerts(desk: Desk, **query: str) -> list[Json]:
    answer = desk.api.get("/alerts", params=query)
    assert answer.status_code == 200, answer.text
    return [alert for alert in answer.json()["items"] if alert["rule"] == "escalation_waits"]


def told(desk: Desk, alert_id: str, channel: str) -> list[tuple[str, str]]:
    answer = desk.api.get(f"/alerts/{alert_id}")
    assert answer.status_code == 200, answer.text
    return [(one["change"], one["state"]) for one in answer.json()["deliveries"] if one["channel"] == channel]


def test_an_alert_from_its_cause_to_its_end_with_a_channel_down(watched: Desk, receiver: Webhook) -> None:
    receiver.down = True
    waiting = watched.escalated()
    (alert,) = until(lambda: alerts(watched, state="open"), bool)
    until(lambda: told(watched, alert["id"], "file"), lambda found: found == [("raised", "delivered")])
    assert told(watched, alert["id"], "webhook") == [("raised", "pending")]
    watched.escalated()
    assert [found["id"] for found in alerts(watched)] == [alert["id"]]

    read = watched.api.get(f"/alerts/{alert['id']}").headers["ETag"]
    path = f"/alerts/{alert['id']}/acknowledge"
    taken = watched.api.post(path, json={"by": "ada", "note": "on it"}, headers={"If-Match": read})
    assert (taken.status_code, taken.json()["state"], taken.json()["acknowledged_by"]) == (200, "acknowledged", "ada")
    problem(watched.api.post(path, json={"by": "bob"}), 409)
    late = problem(watched.api.post(path, json={"by": "bob"}, headers={"If-Match": read}), 412)
    assert "acknowledged by ada" in late["detail"]

    receiver.down = False
    until(
        lambda: told(watched, alert["id"], "webhook"),
        lambda found: found == [("raised", "delivered"), ("acknowledged", "delivered")],
    )
    for ticket in until(lambda: watched.find(status="escalated")["items"], lambda items: len(items) >= 2):
        watched.decide(ticket["id"], "answer", answer="Done.")
    watched.until_status(waiting["id"], "resolved")
    until(lambda: alerts(watched, state="cleared"), lambda found: [one["cleared_by"] for one in found] == ["itself"])
    until(lambda: told(watched, alert["id"], "webhook"), lambda found: found[-1] == ("cleared", "delivered"))
    assert [notice["change"] for notice in receiver.received if notice["alert"]["id"] == alert["id"]] == [
        "raised", "acknowledged", "cleared",
    ]  # fmt: skip
    acts = watched.api.get("/audit", params={"target": f"alert:{alert['id']}"}).json()["items"]
    assert ("alert.acknowledge", "ada", "done") in {(one["act"], one["actor"], one["outcome"]) for one in acts}
    events = until(
        lambda: {one["type"] for one in watched.api.get("/metrics/events").json()["items"]},
        lambda types: "helpdesk.alert.cleared" in types,
    )
    assert events >= {"helpdesk.alert.raised", "helpdesk.alert.acknowledged"}


def test_what_cannot_be_asked_of_alerts_is_refused(watched: Desk) -> None:
    problem(watched.api.get("/alerts/nope"), 404)
    problem(watched.api.post("/alerts/nope/clear", json={"by": "ada"}), 404)
    problem(watched.api.get("/alerts", params={"state": "loud"}), 400)
    problem(watched.api.get("/alerts", params={"cursor": "x"}), 400)


def test_an_answer_is_rated_once_by_its_requester_and_the_dashboard_shows_it(watched: Desk) -> None:
    ticket = watched.resolved(sample())
    path, requester = f"/tickets/{ticket['id']}/rating", ticket["requester"]["id"]
    problem(watched.api.post(path, json={"by": "somebody", "score": 1}), 403)
    problem(watched.api.post(path, json={"by": requester, "score": 6}), 400)
    rated = watched.api.post(path, json={"by": requester, "score": 4, "comment": "Call me on +49 151 23456789"})
    assert (rated.status_code, rated.json()["comment"]) == (201, "Call me on [phone]")
    problem(watched.api.post(path, json={"by": requester, "score": 5}), 409)
    shown = watched.api.get("/dashboard", params={"window": "7d"})
    assert shown.json()["quality"]["rating"]["value"] == 4
    assert shown.json()["performance"]["total"]["value"] == len(watched.find()["items"])
    problem(watched.api.get("/dashboard", params={"window": "1y"}), 400)


def test_nothing_is_rated_that_has_no_answer_yet(watched: Desk) -> None:
    waiting = watched.escalated()
    body = {"by": waiting["requester"]["id"], "score": 1}
    problem(watched.api.post(f"/tickets/{waiting['id']}/rating", json=body), 409)
