"""The workflows channel: tasks over HTTP and queue, one door a type, and looking at them, deciding and cancelling."""

import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import DurableFunctionsClient
from pydantic import Field, TypeAdapter, ValidationError

from shared import names
from shared.collaboration import RESEARCHERS, problem_with
from shared.correlation import trail
from shared.errors import Permanent, Unavailable
from shared.model import Model
from shared.ports import InstanceState, TaskQuery
from shared.tasks import (
    WORKFLOW_OF,
    ConsensusRequest,
    ContentRequest,
    DelegationRequest,
    DiscussionRequest,
    ResearchRequest,
    TaskDecision,
    TaskDecisionRequest,
    TaskId,
    TaskInput,
    TaskMessage,
    TaskState,
    TaskStatus,
    TaskType,
)
from triggers.http import (
    Handler,
    Problem,
    idempotency_key,
    json_response,
    not_found,
    read_model,
    read_query,
    respond,
)
from triggers.queues import taking
from triggers.services import Services

bp = df.Blueprint()

RETRY_AFTER_S = "2"
CANCELLED = "cancelled"


@dataclass(frozen=True)
class Workflow:
    """What a type's door takes, and what it says of itself in its answer."""

    request: type[Model]
    message: str
    shown: Callable[[Any], dict[str, Any]] = lambda _: {}


WORKFLOWS: dict[TaskType, Workflow] = {
    "create_content": Workflow(
        ContentRequest, "The article is being researched, written, edited and published.",
        lambda _: {"steps": names.CONTENT_STEPS},
    ),
    "research": Workflow(
        ResearchRequest, "The agents are looking for answers side by side.",
        lambda request: {"agents_dispatched": request.agents or RESEARCHERS},
    ),
    "consensus": Workflow(ConsensusRequest, "The voters are deciding, each alone."),
    "discussion": Workflow(DiscussionRequest, "The participants are discussing the question."),
    "delegation": Workflow(DelegationRequest, "The goal is being planned and handed to managers."),
}  # fmt: skip


class Listing(Model):
    """Query of GET /tasks."""

    type: TaskType | None = None
    status: TaskStatus | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


@bp.route(route="create-content", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def post_content(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _starts("create_content"))


@bp.route(route="research-parallel", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def post_research(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _starts("research"))


@bp.route(route="consensus", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def post_consensus(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _starts("consensus"))


@bp.route(route="discussions", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def post_discussion(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _starts("discussion"))


@bp.route(route="delegations", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def post_delegation(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _starts("delegation"))


@bp.route(route="tasks", methods=["GET"])
@bp.durable_client_input(client_name="client")
async def list_tasks(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _list)


@bp.route(route="task/{id}", methods=["GET"])
@bp.durable_client_input(client_name="client")
async def get_task(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _get)


@bp.route(route="task/{id}", methods=["DELETE"])
@bp.durable_client_input(client_name="client")
async def cancel_task(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _cancel)


@bp.route(route="task/{id}/decision", methods=["POST"])
@bp.durable_client_input(client_name="client")
async def decide_task(req: func.HttpRequest, client: DurableFunctionsClient) -> func.HttpResponse:
    return await respond(req, client, _decide)


@bp.queue_trigger(arg_name="msg", queue_name=names.QUEUE_TASKS, connection="AzureWebJobsStorage")
@bp.durable_client_input(client_name="client")
async def take_queued_task(msg: func.QueueMessage, client: DurableFunctionsClient) -> None:
    """One task a message; what cannot be read, or contradicts an earlier one, ends as poison."""
    from activities.task_intake import start_task, task_id

    async with taking(msg, names.QUEUE_TASKS, client) as services:
        message = TaskMessage.model_validate(json.loads(msg.get_body()))
        request = WORKFLOWS[message.type].request.model_validate(message.input)
        if (problem := problem_with(request)) is not None:
            raise Permanent(problem)
        identity = message.task_id or task_id(services.settings.tenant, message.type, "message", str(msg.id))
        given = _task_input(message.type, request, identity, services)
        if await start_task(given, services.instances) == "conflict":
            raise Permanent(f"task_id {identity!r} is taken by a task of other content")


def _starts(kind: TaskType) -> Handler:
    """The door of a type."""

    async def handle(req: func.HttpRequest, services: Services) -> func.HttpResponse:
        from activities.task_intake import start_task

        workflow = WORKFLOWS[kind]
        request = read_model(req, workflow.request)
        if (problem := problem_with(request)) is not None:
            raise Problem(400, "Invalid request", problem)
        given = _task_input(kind, request, _identity(req, kind, services), services)
        if await start_task(given, services.instances) == "conflict":
            raise Problem(409, "Conflict", "the same Idempotency-Key was used with another body")
        path = f"/api/task/{given.task_id}"
        body = {
            "task_id": given.task_id,
            "status": "started",
            "workflow": WORKFLOW_OF[kind],
            **workflow.shown(request),
            "message": f"{workflow.message} Look at {path}.",
        }
        return json_response(body, 202, {"Location": path, "Retry-After": RETRY_AFTER_S})

    return handle


def _identity(req: func.HttpRequest, kind: TaskType, services: Services) -> str:
    from activities.task_intake import task_id

    key = idempotency_key(req)
    return task_id(services.settings.tenant, kind, "idempotency-key", key) if key else uuid.uuid4().hex[:24]


def _task_input(kind: TaskType, request: Model, identity: str, services: Services) -> TaskInput:
    from activities.task_intake import task_input

    tenant, policy = services.settings.tenant, services.policy
    followed = trail().correlation_id or identity
    return task_input(kind, request, identity, tenant=tenant, policy=policy, correlation_id=followed)


async def _list(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Results stand with the task itself: a page of them would be heavy."""
    listing = read_query(req, Listing)
    page = await services.tasks.find(TaskQuery(tenant=services.settings.tenant, **listing.model_dump()))
    items = [state.model_dump(mode="json", exclude={"steps", "result", "asks"}) for state in page.items]
    return json_response({"items": items, "next_cursor": page.next_cursor})


async def _get(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    state, _ = await _current(req, services)
    return json_response(state)


async def _decide(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """202 once the task has been told; the first decision counts."""
    given = read_model(req, TaskDecisionRequest)
    state, instance = await _current(req, services)
    if instance is None or instance.ended or state.asks is None:
        raise Problem(409, "Conflict", "nothing waits for a decision on this task")
    if given.decision not in state.asks.choices:
        raise Problem(400, "Invalid request", f"decision must be one of {', '.join(state.asks.choices)}")
    decision = TaskDecision(**given.model_dump(), id=uuid.uuid4().hex, asked=state.asks.id, at=datetime.now(UTC))
    if not await services.instances.raise_event(instance.instance_id, names.INBOX_EVENT, decision):
        raise Problem(409, "Conflict", "the task ended at this very moment")
    path = f"/api/task/{state.id}"
    body = {"id": decision.id, "task_id": state.id, "status": "accepted"}
    return json_response(body, 202, {"Location": path, "Retry-After": "1"})


async def _cancel(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """End the task's instance, then whatever of its children still runs."""
    state, instance = await _current(req, services)
    ended = Problem(409, "Conflict", "the task has ended")
    if instance is None or instance.ended:
        raise ended
    children = await services.durable.running_descendants(instance.instance_id)
    if not await services.durable.terminate(instance.instance_id, CANCELLED):
        raise ended
    late = await services.durable.running_descendants(instance.instance_id)
    for child in late:
        await services.durable.terminate(child, CANCELLED)
    update = {"status": "failed", "error": CANCELLED, "asks": None, "updated_at": datetime.now(UTC)}
    cancelled = state.model_copy(update=update)
    with suppress(Unavailable):  # the instance itself tells that it was terminated
        await services.tasks.put(services.settings.tenant, cancelled)
    terminated = list(dict.fromkeys((instance.instance_id, *children, *late)))
    return json_response({"id": state.id, "status": cancelled.status, "terminated": terminated}, 202)


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
