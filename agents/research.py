"""Researchers look at one query from one side each; a summariser reads what they found."""

from agents.spec import AgentSpec
from shared.collaboration import RESEARCHERS as ROLES
from shared.collaboration import Research, ResearchQuestion, Summary, SummaryQuestion


def check_research(research: Research, question: ResearchQuestion) -> str | None:
    """Refuse items from nowhere: each names a source that was given."""
    if not research.summary.strip():
        return "the summary is empty"
    material = question.material
    given = {passage.article_id for passage in material.passages} | {ticket.id for ticket in material.similar}
    given |= {item.url for item in material.published}
    given |= {state.id for state in material.services}
    invented = [item.source for item in research.items if item.source not in given]
    return f"sources that were not given: {'; '.join(invented)}" if invented else None


def check_summary(summary: Summary, _question: SummaryQuestion) -> str | None:
    return None if summary.text.strip() else "the text is empty"


RESEARCHERS = {
    role: AgentSpec(name=f"{role}-researcher", answer=Research, prompt="researcher.md", check=check_research, role=role)
    for role in ROLES
}
SUMMARISER = AgentSpec(name="research-summariser", answer=Summary, prompt="summariser.md", check=check_summary)
