"""From a topic to a published article, one agent after the other."""

from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import Work
from orchestrations.patterns.sequential import Stage, sequential
from orchestrations.task import Task, carry_out
from shared import names
from shared.content import (
    ArticleDraft,
    Content,
    ContentWork,
    EditedArticle,
    LearningRequest,
    Published,
    TopicNotes,
    article_text,
)

RESEARCH, WRITE, EDIT, PUBLISH = names.CONTENT_STEPS
STAGES = (
    Stage(RESEARCH, names.RESEARCH_TOPIC, TopicNotes, into="notes"),
    Stage(WRITE, names.WRITE_ARTICLE, ArticleDraft, into="draft"),
    Stage(EDIT, names.EDIT_ARTICLE, EditedArticle, into="edited"),
    Stage(PUBLISH, names.PUBLISH_ARTICLE, Published, into="published", asks_agent=False),
)


def create_content(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input TaskInput with a LearningRequest; returns the final TaskState, whose result is Content."""
    return (yield from carry_out(ctx, data, _make_article, names.CONTENT_STEPS))


def _make_article(task: Task) -> Work[Content]:
    request = LearningRequest.model_validate(task.given.request)
    begun = ContentWork(
        task_id=task.given.task_id,
        topic=request.topic,
        created_on=task.given.created_at.date(),
        created_at=task.given.created_at,
        material=request.material,
    )
    work = yield from sequential(task, begun, STAGES)
    assert work.notes is not None
    assert work.edited is not None
    assert work.published is not None
    return Content(
        topic=request.topic,
        final_article=article_text(work.edited, work.notes),
        word_count=work.published.word_count,
        artifact=work.published.artifact,
        knowledge_draft=work.published.knowledge_draft,
    )
