"""Erasing a person: in which order, what is in the way, and what counts as theirs."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from activities.erasure import erase_from
from orchestrations.erase_requester import erase_requester
from shared import names
from shared.erasure import ERASED_STORES, ErasureRequest, ErasureStep, Traces, mentions
from shared.instances import InstanceState
from shared.ports import Desk
from shared.tasks import TaskInput, TaskState, TaskStep
from tests.desk import policy
from tests.engine import Activity, Engine

TASK = "erasure-1"
INSTANCE = names.task_instance(TASK)
TICKET = "0123456789abcdef01234567"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def hub(traces: Traces) -> Engine:
    answers: dict[str, Activity] = {
        names.RECORD_TASK: lambda _: {"degraded": None},
        names.GIVE_UP_TASK: lambda _: {"degraded": None},
        names.FIND_TRACES: lambda _: traces.model_dump(mode="json"),
        names.END_RUNNING: lambda _: {"degraded": None},
        names.ERASE_FROM: lambda given: {"store": given["store"], "count": 1, "left": []},
    }
    return Engine({"erase_requester": erase_requester}, answers)


def ended(engine: Engine, cancel: bool = False, done: tuple[TaskStep, ...] = ()) -> TaskState:
    given = TaskInput(
        task_id=TASK, type="erase_requester", tenant="default", correlation_id="c",
        request=ErasureRequest(requester_id="u-1", cancel=cancel).model_dump(mode="json"),
        policy=policy(), created_at=NOW, done=done,
    )  # fmt: skip
    engine.start("erase_requester", INSTANCE, given.model_dump(mode="json"))
    engine.run()
    return TaskState.model_validate(engine.instances[INSTANCE].output)


def stores(engine: Engine) -> list[str]:
    return [given["store"] for given in engine.called(names.ERASE_FROM)]


def test_every_store_is_erased_once_and_durable_state_before_what_is_made_from_it():
    engine = hub(Traces(tickets=(TICKET,)))
    state = ended(engine)
    assert state.result == {"erased": dict.fromkeys(ERASED_STORES, 1), "left": []}
    assert stores(engine) == list(ERASED_STORES)
    assert stores(engine).index("durable") < stores(engine).index("archive")


class Instances:
    """Instances by id, all ended."""

    def __init__(self, *ids: str):
        self.left = list(ids)

    async def all_with_prefix(self, prefix: str) -> list[InstanceState]:
        return [InstanceState(instance_id=one, status="completed") for one in self.left if one.startswith(prefix)]

    async def purge(self, instance_id: str) -> bool:
        self.left.remove(instance_id)
        return True


async def test_a_task_goes_with_its_parts_and_what_people_wanted_of_it_and_no_other_task_does():
    theirs = ("task-a", "task-a~1", "task-a~1~facts~1", "decision-task-a~1", "cancelling-task-a~1")
    others = ["task-ab", "task-a.b~1", "decision-task-ab~1", "cancelling-task-a-b"]
    instances = Instances(*theirs, *others)
    step = ErasureStep(tenant="default", requester_id="u-1", store="durable", traces=Traces(tasks=("a",)))
    erased = await erase_from(step, cast(Desk, SimpleNamespace(instances=instances)))
    assert (erased.count, instances.left) == (len(theirs), others)


def test_nothing_is_erased_while_something_runs():
    engine = hub(Traces(tickets=(TICKET,), running=(f"ticket-{TICKET}-1",)))
    assert ended(engine).status == "failed"
    assert stores(engine) == []


def test_what_runs_is_ended_first_where_that_is_wanted():
    engine = hub(Traces(tickets=(TICKET,), running=(f"ticket-{TICKET}-1",)))
    assert ended(engine, cancel=True).status == "completed"
    called = [name for name, _ in engine.calls]
    assert called.index(names.END_RUNNING) < called.index(names.ERASE_FROM)


def test_an_erasure_taken_up_again_goes_on_where_a_store_was_down():
    engine = hub(Traces(tickets=(TICKET,)))
    down = engine.activities[names.ERASE_FROM]

    def without_history(given: Any) -> Any:
        if given["store"] == "history":
            raise OSError("redis: not there")
        return down(given)

    engine.activities[names.ERASE_FROM] = without_history
    first = ended(engine)
    assert first.status == "failed"
    assert "history" in (first.error or "")
    again = hub(Traces())
    done = tuple(step for step in first.steps if step.completed_at is not None and step.error is None)
    assert ended(again, done=done).status == "completed"
    assert again.called(names.FIND_TRACES) == [], "the traces found first are the ones that count"
    assert stores(again) == list(ERASED_STORES)[ERASED_STORES.index("history") :]
    assert again.called(names.ERASE_FROM)[0]["traces"]["tickets"] == [TICKET]


@pytest.mark.parametrize(
    ("body", "theirs"),
    [
        ({"requester": {"id": "u-1"}}, True),
        ({"input": [{"ticket": {"requester": {"id": "u-1", "email": None}}}]}, True),
        ({"request": {"requester_id": "u-1"}}, True),
        (json.dumps({"requester": {"id": "u-1"}}), True),
        ({"subject": TICKET}, True),
        ({"requester": {"id": "u-10"}}, False),
        ({"text": "u-1"}, False),
        ({"requester": "u-1"}, False),
        ("{not json", False),
        (None, False),
        (17, False),
    ],
)
def test_what_counts_as_about_a_person(body: Any, theirs: bool):
    assert mentions(body, "u-1", frozenset({TICKET})) is theirs
