"""What subscribers are told of a task."""

from datetime import timedelta
from typing import Any

import pytest

from activities.task_events import task_event
from shared.events import Event
from shared.tasks import AskedPerson, TaskState
from tests.desk import OPENED_AT


def state(**changes: Any) -> TaskState:
    plain: dict[str, Any] = {
        "id": "t1", "type": "research", "status": "running", "created_at": OPENED_AT, "updated_at": OPENED_AT,
    }  # fmt: skip
    return TaskState.model_validate(plain | changes)


def told(instance_id: str = "task-t1", **changes: Any) -> Event:
    event = task_event("default", state(**changes), instance_id)
    assert event is not None
    return event


def asks(number: str) -> AskedPerson:
    return AskedPerson(id=number, question="?", choices=("a",), asked_at=OPENED_AT, due_at=OPENED_AT)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"status": "running"}, "started"),
        ({"status": "waiting", "asks": asks("1")}, "waiting"),
        ({"status": "completed"}, "completed"),
        ({"status": "failed", "error": "edit failed: no"}, "failed"),
        ({"status": "failed", "error": "cancelled"}, "cancelled"),
    ],
)
def test_each_state_has_its_type(changes: dict[str, Any], kind: str):
    event = told(**changes)
    assert (event.type, event.subject, event.source) == (f"helpdesk.task.{kind}", "t1", "/helpdesk/tasks")
    assert event.data["workflow"] == "parallel"


def test_a_task_that_has_not_begun_is_no_news():
    assert task_event("default", state(status="pending"), "task-t1") is None


def test_a_state_that_is_recorded_again_is_the_same_event():
    assert told().id == told(updated_at=OPENED_AT + timedelta(seconds=5)).id


def test_another_question_and_another_life_are_events_of_their_own():
    waiting = {"status": "waiting"}
    ids = {told(**waiting, asks=asks("1")).id, told(**waiting, asks=asks("2")).id}
    ids |= {told("task-t1~1", **waiting, asks=asks("1")).id}
    assert len(ids) == 3


def test_nobody_is_told_the_words():
    event = told(status="failed", error="what ada said", result={"text": "what ada said"})
    assert "ada" not in event.model_dump_json()
