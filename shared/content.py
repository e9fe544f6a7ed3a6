"""An article on its way from a topic to its readers: what each step is given, and what it answers."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from shared.model import Model
from shared.tasks import ContentRequest
from shared.thinking import Citation, Passage
from shared.tickets import Category

WORD = re.compile(r"\w+(?:['’-]\w+)*")


class Material(Model):
    """What a person answered to a ticket, masked: the ground of an article that the desk learns from it."""

    ticket_id: str
    answer: Annotated[str, Field(min_length=1)]
    category: Category
    language: str = "en"

    def passage(self, topic: str) -> Passage:
        """As agents see it: like a section of an article, so that it can be cited."""
        return Passage(
            article_id=f"ticket-{self.ticket_id}", title=topic, section="What helped", text=self.answer,
            score=1.0, language=self.language,
        )  # fmt: skip


class LearningRequest(ContentRequest):
    """What a task of the type create_content takes; `material` comes from the desk itself and through no door."""

    material: Material | None = None


class NotedPoint(Model):
    """Something worth telling, and where it stands; no citation marks what is common knowledge."""

    text: Annotated[str, Field(min_length=1, max_length=2_000)]
    citation: Citation | None


class TopicNotes(Model):
    """The researcher's answer."""

    points: Annotated[tuple[NotedPoint, ...], Field(max_length=20)]
    gaps: Annotated[tuple[str, ...], Field(max_length=10, description="what a reader would ask and no source says")]
    is_helpdesk: Annotated[bool, Field(description="the article belongs in the helpdesk's knowledge base")]
    category: Category


class ArticleDraft(Model):
    """The writer's answer: Markdown without the title's own line and without a list of sources."""

    title: Annotated[str, Field(min_length=1, max_length=150)]
    body: Annotated[str, Field(min_length=1, max_length=60_000)]


class EditedArticle(Model):
    """The editor's answer; `changes` says what was mended, for whoever wrote the draft."""

    title: Annotated[str, Field(min_length=1, max_length=150)]
    body: Annotated[str, Field(min_length=1, max_length=60_000)]
    changes: Annotated[tuple[str, ...], Field(max_length=20)]


class Published(Model):
    """Where the article is; `knowledge_draft` is set for a helpdesk topic."""

    artifact: str
    word_count: int
    knowledge_draft: str | None = None


class ContentWork(Model):
    """What there is of an article so far: each step fills one field and is given the fields before."""

    task_id: str
    topic: str
    created_on: date
    created_at: datetime | None = None
    material: Material | None = None
    notes: TopicNotes | None = None
    draft: ArticleDraft | None = None
    edited: EditedArticle | None = None
    published: Published | None = None


class ContentQuestion(Model):
    """The article as agents see it; the topic is masked, and data like everything else."""

    topic: str
    material: Passage | None = None
    """What a person answered when asked about it."""
    passages: tuple[Passage, ...] = ()
    degraded: tuple[str, ...] = ()
    notes: TopicNotes | None = None
    draft: ArticleDraft | None = None


class Content(Model):
    """Result of a task of the type create_content."""

    topic: str
    final_article: str
    word_count: int
    artifact: str
    knowledge_draft: str | None = None


def article_text(article: EditedArticle, notes: TopicNotes) -> str:
    """The article as readers get it: code adds the sources, so that none is invented."""
    cited = dict.fromkeys(point.citation for point in notes.points if point.citation is not None)
    sources = [f"- {source.title}, {source.section} ({source.id})" for source in cited]
    parts = [f"# {article.title}", article.body.strip()]
    if sources:
        parts.append("## Sources\n\n" + "\n".join(sources))
    return "\n\n".join(parts) + "\n"


def word_count(text: str) -> int:
    return len(WORD.findall(text))
