"""Starting a task and finding it again: the same key is the same task, whichever door it comes through."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Literal

from activities.task_events import CANCELLED
from shared import names
from shared.desk import Policy
from shared.instances import Instances, InstanceState
from shared.model import Model
from shared.tasks import TaskInput, TaskState, TaskType

Outcome = Literal["started", "repeated", "conflict"]


def task_id(tenant: str, kind: TaskType, source: str, key: str) -> str:
    """The id follows from the key, so two doors that race arrive at the same instance."""
    seed = json.dumps([tenant, kind, source, key], ensure_ascii=False)
    return hashlib.sha256(seed.encode()).hexdigest()[:24]


def task_input(
    kind: TaskType, request: Model, identity: str, *, tenant: str, policy: Policy, correlation_id: str
) -> TaskInput:
    """What the orchestration of a type is started with."""
    body = request.model_dump(mode="json")
    if body.get("requester") is None:
        # A key stays the same request that it was before bodies could name one.
        body.pop("requester", None)
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return TaskInput(
        task_id=identity,
        type=kind,
        tenant=tenant,
        correlation_id=correlation_id,
        request=body,
        policy=policy,
        created_at=datetime.now(UTC),
        body_hash=hashlib.sha256(canonical.encode()).hexdigest(),
    )


async def start_task(given: TaskInput, instances: Instances) -> Outcome:
    """Start the task unless it was started before; `conflict` when its key was used for another request.

    The real runtime overwrites an instance that has completed, so any existing one is looked up first.
    """
    instance_id = names.task_instance(given.task_id)
    found = await instances.state(instance_id)
    if found is None:
        if await instances.start(given.type, instance_id, given):
            return "started"
        found = await instances.state(instance_id)
    if found is None:
        return "repeated"
    earlier = TaskInput.model_validate(found.input)
    same = (earlier.type, earlier.body_hash) == (given.type, given.body_hash)
    return "repeated" if same else "conflict"


async def newest_instance(identity: str, instances: Instances) -> InstanceState | None:
    """The instance that counts: the one in which the task was last taken up."""
    newest, taken_up = await instances.state(names.task_instance(identity)), 0
    while newest is not None:
        taken_up += 1
        later = await instances.state(names.task_instance(identity, taken_up))
        if later is None:
            return newest
        newest = later
    return None


def state_of(instance: InstanceState) -> TaskState:
    """The task as its instance tells, for one that waits to start, runs, has ended, or broke."""
    if instance.output is not None and instance.status == "completed":
        return TaskState.model_validate(instance.output)
    if instance.custom_status is not None:
        state = _with_its_result(TaskState.model_validate(instance.custom_status))
    else:
        given = TaskInput.model_validate(instance.input)
        state = TaskState(
            id=given.task_id, type=given.type, status="pending", steps=given.done,
            created_at=given.created_at, updated_at=given.created_at,
        )  # fmt: skip
    if instance.status == "terminated":
        return state.model_copy(update={"status": "failed", "error": CANCELLED, "asks": None})
    if instance.status == "failed":
        return state.model_copy(update={"status": "failed", "error": state.error or instance.failure, "asks": None})
    return state


def _with_its_result(state: TaskState) -> TaskState:
    """Custom status may have no room for the result: until that can be read elsewhere, the task is not over."""
    return state.model_copy(update={"status": "running"}) if state.status == "completed" and not state.result else state
