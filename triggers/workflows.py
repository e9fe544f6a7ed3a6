"""The workflows channel: starting tasks over HTTP and queue, one door a type."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from shared import names
from shared.collaboration import RESEARCHERS, problem_with
from shared.correlation import trail
from shared.errors import Permanent
from shared.model import Model
from shared.tasks import (
    WORKFLOW_OF,
    ConsensusRequest,
    ContentRequest,
    DelegationRequest,
    DiscussionRequest,
    ResearchRequest,
    TaskInput,
    TaskMessage,
    TaskType,
)
from shared.thinking import Lane
from triggers.answers import TaskStarted, left_out
from triggers.http import idempotency_key, json_response, read_model
from triggers.operations import IDEMPOTENCY_KEY, door
from triggers.problems import Problem
from triggers.queues import read_message, taking
from triggers.services import Services, durable_client

bp = df.Blueprint()

RETRY_AFTER_S = "2"


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


class WorkflowStarted(TaskStarted):
    """`steps` is told of an article, `agents_dispatched` of research."""

    steps: tuple[str, ...] = left_out()
    agents_dispatched: tuple[str, ...] = left_out()


@door(bp, body=ContentRequest, headers=(IDEMPOTENCY_KEY,), answers={202: WorkflowStarted}, refuses=(409,))
async def post_content(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Research, write, edit and publish an article."""
    return await _start("create_content", req, services)


@door(bp, body=ResearchRequest, headers=(IDEMPOTENCY_KEY,), answers={202: WorkflowStarted}, refuses=(409,))
async def post_research(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Send one query to several researchers at once; who is late is left out."""
    return await _start("research", req, services)


@door(bp, body=ConsensusRequest, headers=(IDEMPOTENCY_KEY,), answers={202: WorkflowStarted}, refuses=(409,))
async def post_consensus(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Have several voters decide; without a majority a person does."""
    return await _start("consensus", req, services)


@door(bp, body=DiscussionRequest, headers=(IDEMPOTENCY_KEY,), answers={202: WorkflowStarted}, refuses=(409,))
async def post_discussion(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Have agents discuss a question under a moderator."""
    return await _start("discussion", req, services)


@door(bp, body=DelegationRequest, headers=(IDEMPOTENCY_KEY,), answers={202: WorkflowStarted}, refuses=(409,))
async def post_delegation(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Have a master plan a goal, and managers with their workers do it."""
    return await _start("delegation", req, services)


@bp.queue_trigger(arg_name="msg", queue_name=names.QUEUE_TASKS, connection="AzureWebJobsStorage")
@durable_client(bp)
async def take_queued_task(msg: func.QueueMessage, client: str) -> None:
    """One task a message; what cannot be read, or contradicts an earlier one, ends as poison."""
    from activities.task_intake import start_task, task_id

    async with taking(msg, names.QUEUE_TASKS, client) as services:
        content, message_id = read_message(msg)
        message = TaskMessage.model_validate(content)
        if (workflow := WORKFLOWS.get(message.type)) is None:
            raise Permanent(f"a task of the type {message.type} is not started over the queue")
        request = workflow.request.model_validate(message.input)
        if (problem := problem_with(request)) is not None:
            raise Permanent(problem)
        identity = message.task_id or task_id(services.settings.tenant, message.type, "message", message_id)
        given = _task_input(message.type, request, identity, services, message.lane)
        if await start_task(given, services.instances) == "conflict":
            raise Permanent(f"task_id {identity!r} is taken by a task of other content")


async def _start(kind: TaskType, req: func.HttpRequest, services: Services) -> func.HttpResponse:
    from activities.task_intake import start_task

    workflow = WORKFLOWS[kind]
    request = read_model(req, workflow.request)
    if (problem := problem_with(request)) is not None:
        raise Problem(400, "Invalid request", problem)
    given = _task_input(kind, request, _identity(req, kind, services), services, trail().lane)
    if await start_task(given, services.instances) == "conflict":
        raise Problem(409, "Conflict", "the same Idempotency-Key was used with another body")
    path = f"/api/task/{given.task_id}"
    body = WorkflowStarted(
        task_id=given.task_id,
        workflow=WORKFLOW_OF[kind],
        message=f"{workflow.message} Look at {path}.",
        **workflow.shown(request),
    )
    return json_response(body, 202, {"Location": path, "Retry-After": RETRY_AFTER_S})


def _identity(req: func.HttpRequest, kind: TaskType, services: Services) -> str:
    from activities.task_intake import task_id

    key = idempotency_key(req)
    return task_id(services.settings.tenant, kind, "idempotency-key", key) if key else uuid.uuid4().hex[:24]


def _task_input(kind: TaskType, request: Model, identity: str, services: Services, lane: Lane) -> TaskInput:
    from activities.task_intake import task_input

    tenant, policy = services.settings.tenant, services.policy.model_copy(update={"lane": lane})
    followed = trail().correlation_id or identity
    return task_input(kind, request, identity, tenant=tenant, policy=policy, correlation_id=followed)
