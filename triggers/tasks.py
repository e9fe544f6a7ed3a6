"""The tasks channel: looking at tasks, deciding where one waits for a person, and cancelling."""

import asyncio
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, TypeAdapter, ValidationError

from activities.auditing import Act, audited, write_down
from shared import names
from shared.archives import TaskQuery
from shared.errors import Unavailable
from shared.instances import InstanceState
from shared.model import Model
from shared.task_control import Cancelled, Cancelling, DecisionErrand
from shared.tasks import TaskDecision, TaskDecisionRequest, TaskId, TaskState, TaskStatus, TaskType
from triggers.answers import page_of, part_of
from triggers.http import json_response, read_act, read_query
from triggers.identity import signature
from triggers.operations import door
from triggers.problems import Problem, not_found
from triggers.services import Services

bp = df.Blueprint()

LINK_LIFETIME = timedelta(minutes=15)
CANCEL_PATIENCE_S = 10.0
CANCEL_PAUSE_S = 0.02


class Listing(Model):
    """Query of GET /tasks."""

    type: TaskType | None = None
    status: TaskStatus | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


class TaskDecided(Model):
    id: str
    task_id: str
    status: Literal["accepted"] = "accepted"


class TaskCancelled(Model):
    """`terminated` are the durable instances that were ended: the task's and its children's."""

    id: str
    status: TaskStatus
    terminated: tuple[str, ...]


TaskLine = part_of(TaskState, "TaskLine", without={"steps", "result", "asks"})


@door(bp, query=Listing, answers={200: page_of(TaskLine)})
async def list_tasks(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Results stand with the task itself: a page of them would be heavy."""
    listing = read_query(req, Listing)
    page = await services.tasks.find(TaskQuery(tenant=services.settings.tenant, **listing.model_dump()))
    items = [state.model_dump(mode="json", exclude={"steps", "result", "asks"}) for state in page.items]
    return json_response({"items": items, "next_cursor": page.next_cursor})


@door(bp, answers={200: TaskState}, ids={"id": TaskId})
async def get_task(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The task with its results; one that is too large to carry is a link that soon expires."""
    state, _ = await _current(req, services)
    shown = state.model_dump(mode="json")
    shown["result"] = await _linked(shown["result"], services)
    for step in shown["steps"]:
        step["result"] = await _linked(step["result"], services)
    return json_response(shown)


async def _linked(result: Any, services: Services) -> Any:
    from shared.task_results import stored

    if (there := stored(result)) is None:
        return result
    expires_at = datetime.now(UTC) + LINK_LIFETIME
    link = await services.artifacts.link(there.blob, LINK_LIFETIME)
    return result | {"link": link, "expires_at": expires_at.isoformat()}


@door(bp, body=TaskDecisionRequest, answers={202: TaskDecided}, refuses=(409,), ids={"id": TaskId})
async def decide_task(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """202 once the decision is on its way; a question gets one, and whoever comes second is told so."""
    given = read_act(req, TaskDecisionRequest)
    state, instance = await _current(req, services)
    if instance is None or instance.ended or state.asks is None:
        raise Problem(409, "Conflict", "nothing waits for a decision on this task")
    if given.decision not in state.asks.choices:
        raise Problem(400, "Invalid request", f"decision must be one of {', '.join(state.asks.choices)}")
    errand = DecisionErrand(
        tenant=services.tenant,
        instance_id=instance.instance_id,
        decision=TaskDecision(**given.model_dump(), id=uuid.uuid4().hex, asked=state.asks.id, at=datetime.now(UTC)),
        policy=services.policy,
    )
    identity = await _sent_once(errand, state.id, services)
    path = f"/api/task/{state.id}"
    body = TaskDecided(id=identity, task_id=state.id)
    return json_response(body, 202, {"Location": path, "Retry-After": "1"})


async def _sent_once(errand: DecisionErrand, task_id: str, services: Services) -> str:
    """The id of the decision that counts: this one, or the same one given before. Raises Problem 409 for another's."""
    decision, instance_id = errand.decision, names.decision_instance(errand.instance_id, errand.decision.asked)
    first = await services.instances.state(instance_id)
    if first is None:
        act = Act(
            key=f"decision:{decision.id}",
            act=f"task.{decision.decision}",
            target=f"task:{task_id}",
            by=decision.by,
            note=decision.note,
        )
        await write_down(act, "accepted", services)
        if await services.instances.start(names.DELIVER_DECISION, instance_id, errand):
            return decision.id
        first = await services.instances.state(instance_id)
        await write_down(act, "refused", services, "another decision came first")
    earlier = DecisionErrand.model_validate(first.input).decision if first is not None else None
    if earlier is None or (earlier.decision, earlier.by) != (decision.decision, decision.by):
        who = f": {earlier.decision} by {earlier.by}" if earlier else ""
        raise Problem(409, "Conflict", f"another decision came first{who}")
    return earlier.id


@door(bp, answers={202: TaskCancelled}, refuses=(409,), ids={"id": TaskId})
async def cancel_task(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """End the task's instance, then whatever of its children still runs; goes on without us once it is accepted."""
    state, instance = await _current(req, services)
    if instance is None or instance.ended:
        raise _ended()
    act = Act(key=f"task:{uuid.uuid4().hex}", act="task.cancel", target=f"task:{state.id}", by=signature())
    async with audited(act, services):
        cancelled = await _cancelled(state, instance, services)
        if cancelled is not None and not cancelled.terminated:
            raise _ended()
    path = f"/api/task/{state.id}"
    status, terminated = (state.status, ()) if cancelled is None else ("failed", cancelled.terminated)
    body = TaskCancelled(id=state.id, status=status, terminated=terminated)
    return json_response(body, 202, {"Location": path, "Retry-After": "1"})


def _ended() -> Problem:
    return Problem(409, "Conflict", "the task has ended")


async def _cancelled(state: TaskState, instance: InstanceState, services: Services) -> Cancelled | None:
    """What was ended; None when that takes longer than anybody waits at a door. Of two who cancel both are told."""
    instance_id = names.cancelling_instance(instance.instance_id)
    wanted = Cancelling(tenant=services.tenant, instance_id=instance.instance_id, state=state, policy=services.policy)
    await services.instances.start_again(names.DELIVER_CANCELLATION, instance_id, wanted.model_dump(mode="json"))
    ends_at = time.monotonic() + CANCEL_PATIENCE_S
    while time.monotonic() < ends_at:
        found = await services.instances.state(instance_id)
        if found is not None and found.ended:
            return None if found.output is None else Cancelled.model_validate(found.output)
        await asyncio.sleep(CANCEL_PAUSE_S)
    return None


async def _current(req: func.HttpRequest, services: Services) -> tuple[TaskState, InstanceState | None]:
    """The task as it stands, and the instance that carries it, if the runtime still knows one.

    Custom status has no room for large results: where the archive is as new, it tells more. Raises Problem 404.
    """
    from activities.task_intake import newest_instance, state_of

    given = req.route_params.get("id")
    try:
        identity = TypeAdapter(TaskId).validate_python(given)
    except ValidationError as error:
        raise not_found(f"task {given}") from error
    instance = await newest_instance(identity, services.instances)
    state = state_of(instance) if instance is not None else None
    if state is not None and instance is not None and (instance.status == "completed" or state.status == "pending"):
        return state, instance
    archived = await _archived(identity, services)
    if state is None:
        if archived is None:
            raise not_found(f"task {identity}")
        return archived, None
    if archived is None or archived.updated_at < state.updated_at:
        return state, instance
    told = {"status": state.status, "error": archived.error or state.error, "asks": state.asks}
    return archived.model_copy(update=told), instance


async def _archived(identity: str, services: Services) -> TaskState | None:
    try:
        return await services.tasks.get(services.settings.tenant, identity)
    except Unavailable:
        return None
