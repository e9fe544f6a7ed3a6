"""Makes an article by rules: it quotes the passages that fit the topic, and says so where none does."""

import re

from adapters.offline_passages import Supported, citation, supported
from adapters.offline_words import terms
from shared.content import ArticleDraft, ContentQuestion, EditedArticle, NotedPoint, TopicNotes

MOST_POINTS = 6
NOTHING_FOUND = "No passage of the knowledge base bears on this topic, and rules know nothing beyond it."
MOST_PARTS = 20
PART = re.compile(r"\S.{0,1998}(?=\s|\Z)|\S{1,1999}", re.DOTALL)
"""As much of a text as a point may hold, cut between words."""
BLANK_LINES = re.compile(r"\n{3,}")
TRAILING_SPACES = re.compile(r"[ \t]+$", re.MULTILINE)


def topic_notes(asked: str) -> TopicNotes:
    """One point for each fitting passage, in its own words; passages carry no category to take over.

    What a person answered is all there is to say: to quote the knowledge base beside it would say things twice.
    """
    question = ContentQuestion.model_validate_json(asked)
    if (given := question.material) is not None:
        points = [NotedPoint(text=part, citation=citation(given)) for part in PART.findall(given.text)[:MOST_PARTS]]
        return TopicNotes(points=tuple(points), gaps=(), is_helpdesk=True, category="general")
    found = supported(question.passages, terms(question.topic))[:MOST_POINTS]
    if not found:
        return TopicNotes(points=(), gaps=(NOTHING_FOUND,), is_helpdesk=False, category="general")
    return TopicNotes(points=tuple(_point(one) for one in found), gaps=(), is_helpdesk=True, category="general")


def article_draft(asked: str) -> ArticleDraft:
    """A section for each point, in the order of the notes; points of one source in a row share theirs."""
    question = ContentQuestion.model_validate_json(asked)
    notes = question.notes or TopicNotes(points=(), gaps=(NOTHING_FOUND,), is_helpdesk=False, category="general")
    sections: list[str] = []
    for index, point in enumerate(notes.points):
        goes_on = point.citation is not None and index and notes.points[index - 1].citation == point.citation
        sections.append(point.text if goes_on else f"## {_heading(point)}\n\n{point.text}")
    open_questions = [f"- {gap}" for gap in notes.gaps]
    if open_questions:
        sections.append("## What is open\n\n" + "\n".join(open_questions))
    return ArticleDraft(title=_title(question.topic), body="\n\n".join(sections))


def edited_article(asked: str) -> EditedArticle:
    """What rules can mend: repeated paragraphs, stray spaces; then an overview of a text of several sections."""
    question = ContentQuestion.model_validate_json(asked)
    draft = question.draft or article_draft(asked)
    changes: list[str] = []
    body = BLANK_LINES.sub("\n\n", TRAILING_SPACES.sub("", draft.body)).strip()
    if body != draft.body:
        changes.append("Removed stray spaces and blank lines.")
    paragraphs = body.split("\n\n")
    kept = [text for index, text in enumerate(paragraphs) if text.startswith("#") or text not in paragraphs[:index]]
    if len(kept) < len(paragraphs):
        changes.append(f"Left out {len(paragraphs) - len(kept)} repeated paragraphs.")
    headings = [text.splitlines()[0].removeprefix("## ") for text in kept if text.startswith("## ")]
    if len(headings) > 1 and kept[0].startswith("## "):
        kept.insert(0, f"This article covers: {'; '.join(headings)}.")
        changes.append("Added an overview of the sections.")
    return EditedArticle(title=draft.title.strip(), body="\n\n".join(kept), changes=tuple(changes))


def _point(one: Supported) -> NotedPoint:
    return NotedPoint(text=one.passage.text.strip()[:2_000], citation=citation(one.passage))


def _heading(point: NotedPoint) -> str:
    return f"{point.citation.title}: {point.citation.section}" if point.citation else point.text.partition(".")[0][:80]


def _title(topic: str) -> str:
    plain = " ".join(topic.split())[:150]
    return plain[:1].upper() + plain[1:]
