"""A question talked over by specialists under a moderator."""

from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import Work
from orchestrations.patterns.group_chat import MODERATOR, ROUNDS, group_chat
from orchestrations.task import Task, carry_out
from shared.collaboration import PARTICIPANTS, Debate
from shared.model import Model
from shared.tasks import DiscussionRequest


def discussion(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input TaskInput with a DiscussionRequest; returns the TaskState, its result a Conclusion."""
    return (yield from carry_out(ctx, data, _discuss))


def _discuss(task: Task) -> Work[Model]:
    request = DiscussionRequest.model_validate(task.given.request)
    opening = Debate(
        tenant=task.given.tenant,
        question=request.question,
        participants=request.participants or PARTICIPANTS,
        rounds_left=ROUNDS,
        role=MODERATOR,
    )
    return (yield from group_chat(opening, task.think))
