"""Tasks: work that is not a ticket, done by agents in one of the patterns, and looked at while it runs."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from shared.budget import Payer
from shared.desk import Policy
from shared.model import Model
from shared.thinking import Lane, Usage
from shared.tickets import Requester, Text

TaskType = Literal[
    "create_content", "research", "consensus", "discussion", "delegation", "watch", "learn_requester", "erase_requester"
]
TaskStatus = Literal["pending", "running", "completed", "failed", "waiting"]
WORKFLOW_OF: dict[TaskType, str] = {
    "create_content": "sequential",
    "research": "parallel",
    "consensus": "consensus",
    "discussion": "group_chat",
    "delegation": "hierarchical",
    "learn_requester": "sequential",
    "erase_requester": "sequential",
    "watch": "hierarchical",
}
"""The pattern a task's type is an example of, as the API names it."""

TaskId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]


class TaskRequest(Model):
    """What the body of every type's door may carry: whom the task is done for, on whose account it then goes."""

    requester: Requester | None = None


class ContentRequest(TaskRequest):
    topic: Annotated[Text, StringConstraints(max_length=500)]


class ResearchRequest(TaskRequest):
    query: Annotated[Text, StringConstraints(max_length=2_000)]
    agents: Annotated[tuple[str, ...], Field(min_length=1, max_length=64)] | None = None
    deadline_s: Annotated[float, Field(gt=0, le=3_600)] = 30


class ConsensusRequest(TaskRequest):
    """`quorum` is how many votes must be cast for the vote to count; without one, more than half of the voters."""

    question: Annotated[Text, StringConstraints(max_length=4_000)]
    options: Annotated[tuple[Text, ...], Field(min_length=2, max_length=20, json_schema_extra={"uniqueItems": True})]
    voters: Annotated[tuple[str, ...], Field(min_length=1, max_length=15)] | None = None
    quorum: Annotated[int, Field(ge=1, le=15)] | None = None
    rule: Literal["majority", "unanimous", "weighted"] = "majority"


class DiscussionRequest(TaskRequest):
    question: Annotated[Text, StringConstraints(max_length=4_000)]
    participants: Annotated[tuple[str, ...], Field(min_length=2, max_length=8)] | None = None


class DelegationRequest(TaskRequest):
    goal: Annotated[Text, StringConstraints(max_length=2_000)]


class TaskMessage(Model):
    """A message on the queue `tasks`; `input` is the body that the type's door takes.

    Nobody waits at a queue, so that its tasks leave room for those at the doors; `lane` says where somebody does.
    """

    type: TaskType
    input: dict[str, Any]
    lane: Lane = "batch"
    task_id: TaskId | None = None
    correlation_id: Annotated[str, StringConstraints(max_length=128)] | None = None


class TaskInput(Model):
    """Input of every workflow orchestration. `request` is the dump of the type's request model.

    `done` holds the results of steps that need not run again, when a task is taken up after a dead letter.
    """

    task_id: str
    type: TaskType
    tenant: str
    correlation_id: str
    request: dict[str, Any]
    policy: Policy
    created_at: datetime
    body_hash: str = ""
    done: tuple["TaskStep", ...] = ()

    @property
    def payer(self) -> Payer:
        requester = TaskRequest.model_validate({"requester": self.request.get("requester")}).requester
        return Payer(work=self.task_id, requester_id=requester.id if requester else "")


class TaskStep(Model):
    """One step as people see it; `result` is small, or a reference to a blob."""

    name: str
    completed_at: datetime | None = None
    result: Any = None
    error: str | None = None


class Stored(Model):
    """What stands in place of a result that is too large to carry: where it was put."""

    blob: str
    size_bytes: int


class ToStore(Stored):
    """A result on its way to its blob."""

    content: dict[str, Any]


class TaskDecisionRequest(Model):
    """Body of POST /task/{id}/decision; `decision` is one of the choices that the task shows."""

    decision: Annotated[Text, StringConstraints(max_length=200)]
    by: Annotated[Text, StringConstraints(max_length=200)]
    note: Annotated[str, StringConstraints(max_length=5_000)] | None = None


class TaskDecision(TaskDecisionRequest):
    """`asked` is the id of the question it was given to: a second click must not answer the next one."""

    id: str
    asked: str
    at: datetime


class AskedPerson(Model):
    """What a waiting task asks a person; `laid_out` is what there is to decide from."""

    id: str
    question: str
    choices: tuple[str, ...]
    laid_out: Any = None
    asked_at: datetime
    due_at: datetime
    breached: bool = False


class LetThrough(Model):
    """Result of the step `screen`, which only a task has that was held back: why, and who let it through."""

    why: str
    by: str
    note: str | None = None


class TaskState(Model):
    """Custom status of a running task, and the output of one that has ended: what GET /task/{id} shows."""

    id: str
    type: TaskType
    status: TaskStatus
    steps: tuple[TaskStep, ...] = ()
    result: Any = None
    error: str | None = None
    """Why the task failed, with the step's name; the dead letter has the rest."""
    asks: AskedPerson | None = None
    degraded: tuple[str, ...] = ()
    usage: Usage = Usage()
    created_at: datetime
    updated_at: datetime


class TaskRecord(Model):
    """A task's state on its way to the archive, where the newest by `updated_at` stays, and to subscribers.

    `instance_id` tells apart the times it was taken up; None where an older version began to record it.
    """

    tenant: str
    state: TaskState
    instance_id: str | None = None


class TaskGivenUp(Model):
    """A task whose step is over without an answer; `given` carries the steps done, so that it can be taken up."""

    instance_id: str
    given: TaskInput
    step: str
    why: str
    attempts: int
    at: datetime


TaskInput.model_rebuild()
