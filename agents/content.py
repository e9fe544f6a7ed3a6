"""Three agents make an article of a topic: one gathers what is known, one writes, one edits."""

from agents.spec import AgentSpec
from shared.content import ArticleDraft, ContentQuestion, EditedArticle, TopicNotes


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


def check_article(article: ArticleDraft | EditedArticle, _question: ContentQuestion) -> str | None:
    if not article.title.strip() or not article.body.strip():
        return "the title or the body is empty"
    if article.body.lstrip().startswith("# "):
        return "the body must not repeat the title as a heading of the first level"
    return None


CONTENT_RESEARCHER = AgentSpec(
    name="content-researcher", answer=TopicNotes, prompt="content_researcher.md", check=check_notes
)
CONTENT_WRITER = AgentSpec(name="content-writer", answer=ArticleDraft, prompt="content_writer.md", check=check_article)
CONTENT_EDITOR = AgentSpec(name="content-editor", answer=EditedArticle, prompt="content_editor.md", check=check_article)
