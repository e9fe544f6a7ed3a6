"""The steps that make an article: three ask an agent, the last puts it where its readers find it."""

import re

from activities.shielding import without_attacks
from agents.asking import ask
from agents.content import CONTENT_EDITOR, CONTENT_RESEARCHER, CONTENT_WRITER
from shared.articles import Article, ArticleHead
from shared.content import ContentQuestion, ContentWork, EditedArticle, Published, TopicNotes, article_text, word_count
from shared.errors import Permanent
from shared.exchanged import Thought
from shared.knowledge import DRAFTS
from shared.masking import mask
from shared.ports import Desk

PASSAGE_LIMIT = 8
MARKDOWN = "text/markdown; charset=utf-8"
KEYWORD = re.compile(r"[^\W_]{3,}")


async def research_topic(work: ContentWork, desk: Desk) -> Thought:
    """Look the topic up, then have an agent note what an article must say; the source being down is told to it."""
    topic = mask(work.topic)[0]
    found = await desk.knowledge.search(topic, limit=PASSAGE_LIMIT)
    material = work.material.passage(topic) if work.material else None
    question = ContentQuestion(topic=topic, material=material, passages=found.passages, degraded=found.degraded)
    question = await without_attacks(question, desk.shield)
    return (await ask(CONTENT_RESEARCHER, question, desk.models, desk)).without(question.degraded)


async def write_article(work: ContentWork, desk: Desk) -> Thought:
    question = ContentQuestion(topic=mask(work.topic)[0], notes=work.notes)
    return await ask(CONTENT_WRITER, question, desk.models, desk)


async def edit_article(work: ContentWork, desk: Desk) -> Thought:
    question = ContentQuestion(topic=mask(work.topic)[0], notes=work.notes, draft=work.draft)
    return await ask(CONTENT_EDITOR, question, desk.models, desk)


async def publish_article(work: ContentWork, desk: Desk) -> Published:
    """Write the article, and for a helpdesk topic a draft for the knowledge base; a repeat writes the same blobs."""
    if work.edited is None or work.notes is None:
        raise Permanent("there is no edited article to publish")
    article = article_text(work.edited, work.notes)
    artifact = f"articles/{work.task_id}.md"
    await desk.artifacts.write(artifact, article.encode(), MARKDOWN)
    draft: str | None = None
    if work.notes.is_helpdesk or work.material is not None:
        draft = f"{DRAFTS}{_slug(work)}.md"
        await desk.artifacts.write(draft, _knowledge_article(work, work.edited, work.notes).encode(), MARKDOWN)
    return Published(artifact=artifact, word_count=word_count(article), knowledge_draft=draft)


def _knowledge_article(work: ContentWork, article: EditedArticle, notes: TopicNotes) -> str:
    """The article in the form that the knowledge base reads, with what it was made from."""
    learnt = work.material
    head = ArticleHead(
        id=_slug(work),
        title=article.title,
        category=learnt.category if learnt else notes.category,
        keywords=tuple(dict.fromkeys(word.lower() for word in KEYWORD.findall(mask(work.topic)[0])))[:12]
        or ("article",),
        updated=work.created_on,
        language=learnt.language if learnt else "en",
        source=f"/api/tickets/{learnt.ticket_id}" if learnt else f"/api/task/{work.task_id}",
        created_at=work.created_at,
    )
    body = article.body.strip()
    return Article(head=head, body=body if body.startswith("## ") else f"## In short\n{body}").markdown()


def _slug(work: ContentWork) -> str:
    """A name of its own for each task: two articles of one topic must not take each other's place."""
    words = re.sub(r"[^a-z0-9]+", "-", (work.edited.title if work.edited else work.topic).lower()).strip("-")
    return f"{words[:60].strip('-') or 'article'}-{work.task_id[:8].lower()}"
