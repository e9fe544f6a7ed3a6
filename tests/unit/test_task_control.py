"""What a person wants of a task is done once it is accepted, also where a step of it has to be tried again."""

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from activities.task_control import end_task
from activities.task_intake import state_of
from orchestrations.task_control import deliver_cancellation, deliver_decision
from shared.events import Event
from shared.instances import InstanceState
from shared.ports import Desk
from shared.task_control import Cancelled, Cancelling, DecisionErrand
from shared.tasks import TaskDecision, TaskState
from tests.desk import OPENED_AT, policy
from tests.engine import Activity, Engine
from tests.tasks import INSTANCE, TASK_ID, raising

CHILD = f"{INSTANCE}~facts~1"
WANTED = Cancelling(
    tenant="default",
    instance_id=INSTANCE,
    state=TaskState(id=TASK_ID, type="delegation", status="running", created_at=OPENED_AT, updated_at=OPENED_AT),
    policy=policy(),
)


class Hub:
    """A task and its child; `dies` is raised once the task was ended, as by a process that dies there."""

    def __init__(self, status: str = "running", dies: BaseException | None = None):
        self.statuses: dict[str, Any] = {INSTANCE: status, CHILD: "running"}
        self.events: list[Event] = []
        self._dies = dies

    @property
    def desk(self) -> Desk:
        return cast(Desk, SimpleNamespace(instances=self, tasks=self, events=self))

    async def terminate(self, instance_id: str, _reason: str) -> bool:
        if self.statuses[instance_id] != "running":
            return False
        self.statuses[instance_id] = "terminated"
        return True

    async def state(self, instance_id: str) -> InstanceState:
        return InstanceState(instance_id=instance_id, status=self.statuses[instance_id])

    async def cut_short(self, _instance_id: str) -> Sequence[str]:
        if self._dies is not None:
            dies, self._dies = self._dies, None
            raise dies
        return [CHILD] if self.statuses[CHILD] in ("running", "terminated") else []

    async def put(self, _tenant: str, state: TaskState) -> None:
        assert (state.status, state.error) == ("failed", "cancelled")

    async def publish(self, event: Event) -> None:
        self.events.append(event)


async def test_a_cancelled_task_takes_its_children_along_and_is_told_of():
    hub = Hub()
    assert await end_task(WANTED, hub.desk) == Cancelled(terminated=(INSTANCE, CHILD))
    assert set(hub.statuses.values()) == {"terminated"}
    assert [event.type for event in hub.events] == ["helpdesk.task.cancelled"]


async def test_a_crash_between_the_end_and_its_news_loses_neither():
    hub = Hub(dies=ConnectionError("the power went"))
    with pytest.raises(ConnectionError):
        await end_task(WANTED, hub.desk)
    assert (hub.statuses[INSTANCE], hub.events) == ("terminated", [])
    assert (await end_task(WANTED, hub.desk)).terminated == (INSTANCE, CHILD)
    assert [event.type for event in hub.events] == ["helpdesk.task.cancelled"]


async def test_a_task_that_ended_by_itself_was_not_cancelled():
    hub = Hub("completed")
    assert await end_task(WANTED, hub.desk) == Cancelled()
    assert hub.events == []
    assert hub.statuses[CHILD] == "running"


def carried_out(orchestration: Any, given: Any, **activities: Activity) -> Any:
    engine = Engine({orchestration.__name__: orchestration}, dict(activities))
    instance = engine.start(orchestration.__name__, "errand", given.model_dump(mode="json"))
    engine.run(timedelta(hours=1))
    return instance.output


def failing_once(answer: Any) -> Activity:
    tries: list[Any] = []

    def activity(given: Any) -> Any:
        tries.append(given)
        return raising(given) if len(tries) == 1 else answer

    return activity


def test_a_runtime_that_is_away_delays_the_end_and_does_not_lose_it():
    ended = {"terminated": [INSTANCE]}
    assert carried_out(deliver_cancellation, WANTED, end_task=failing_once(ended)) == ended


def test_a_runtime_that_is_away_delays_a_decision_and_does_not_lose_it():
    decision = TaskDecision(decision="approve", by="operator", id="d", asked="1", at=OPENED_AT)
    errand = DecisionErrand(tenant="default", instance_id=INSTANCE, decision=decision, policy=policy())
    assert carried_out(deliver_decision, errand, tell_task=failing_once({"told": True})) == {"told": True}


def test_a_task_is_not_over_for_its_readers_before_they_can_read_its_result():
    done = WANTED.state.model_copy(update={"status": "completed", "result": {"text": "So."}})
    assert _read(done).status == "completed"
    assert _read(done.model_copy(update={"result": None})).status == "running"


def _read(state: TaskState) -> TaskState:
    shown = state.model_dump(mode="json")
    return state_of(InstanceState(instance_id=INSTANCE, status="running", custom_status=shown))
