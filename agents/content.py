"""Three agents make an article of a topic: one gathers what is known, one writes, one edits."""

from agents.leaving import may_not_be_published
from agents.spec import AgentSpec
from shared.content import ArticleDraft, ContentQuestion, EditedArticle, TopicNotes

WRITER_PROMPT, EDITOR_PROMPT = "content_writer.md", "content_editor.md"


def check_notes(notes: TopicNotes, question: ContentQuestion) -> str | None:
    """Refuse invented sources: a point cites a passage that was given, or nothing."""
    passages = (*question.passages, question.material) if question.material else question.passages
    given = {(passage.article_id, passage.section) for passage in passages}
    cited = [point.citation for point in notes.points if point.citation is not None]
    invented = [f"{source.id} / {source.section}" for source in cited if (source.id, source.section) not in given]
    if invented:
        return f"not among the given passages: {'; '.join(invented)}"
    if not notes.points and not notes.gaps:
        return "there is neither a point nor a gap: say what no source tells"
    return None


def check_draft(article: ArticleDraft, question: ContentQuestion) -> str | None:
    return _problem_with(article, question, WRITER_PROMPT)


def check_edited(article: EditedArticle, question: ContentQuestion) -> str | None:
    return _problem_with(article, question, EDITOR_PROMPT)


def _problem_with(article: ArticleDraft | EditedArticle, question: ContentQuestion, prompt: str) -> str | None:
    if not article.title.strip() or not article.body.strip():
        return "the title or the body is empty"
    if article.body.lstrip().startswith("# "):
        return "the body must not repeat the title as a heading of the first level"
    return may_not_be_published((article.title, article.body), question, prompt)


CONTENT_RESEARCHER = AgentSpec(
    name="content-researcher", answer=TopicNotes, prompt="content_researcher.md", check=check_notes
)
CONTENT_WRITER = AgentSpec(name="content-writer", answer=ArticleDraft, prompt=WRITER_PROMPT, check=check_draft)
CONTENT_EDITOR = AgentSpec(name="content-editor", answer=EditedArticle, prompt=EDITOR_PROMPT, check=check_edited)
