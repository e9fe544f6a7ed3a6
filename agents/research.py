"""Researchers look at one query from one side each; a summariser reads what they found."""

from agents.leaving import may_not_be_published
from agents.spec import AgentSpec
from shared.collaboration import RESEARCHERS as ROLES
from shared.collaboration import Research, ResearchQuestion, Summary, SummaryQuestion

RESEARCHER_PROMPT, SUMMARISER_PROMPT = "researcher.md", "summariser.md"


def check_research(research: Research, question: ResearchQuestion) -> str | None:
    """Refuse items from nowhere, since each names a source that was given, and what must not leave."""
    if not research.summary.strip():
        return "the summary is empty"
    material = question.material
    given = {passage.article_id for passage in material.passages} | {ticket.id for ticket in material.similar}
    given |= {item.url for item in material.published}
    given |= {state.id for state in material.services}
    invented = [item.source for item in research.items if item.source not in given]
    if invented:
        return f"sources that were not given: {'; '.join(invented)}"
    told = (research.summary, *(item.model_dump_json() for item in research.items))
    return may_not_be_published(told, question, RESEARCHER_PROMPT)


def check_summary(summary: Summary, question: SummaryQuestion) -> str | None:
    if not summary.text.strip():
        return "the text is empty"
    return may_not_be_published((summary.text,), question, SUMMARISER_PROMPT)


RESEARCHERS = {
    role: AgentSpec(
        name=f"{role}-researcher", answer=Research, prompt=RESEARCHER_PROMPT, check=check_research, role=role
    )
    for role in ROLES
}
SUMMARISER = AgentSpec(name="research-summariser", answer=Summary, prompt=SUMMARISER_PROMPT, check=check_summary)
