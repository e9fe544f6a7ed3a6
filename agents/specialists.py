"""Each specialist looks at a complex ticket from one side."""

from agents.spec import AgentSpec, unknown_citations
from shared.names import OUTSIDE_SPECIALISTS
from shared.names import SPECIALISTS as ROLES
from shared.thinking import Finding, Question

TOOLS = {
    "knowledge": ("service_status",),
    "incidents": ("service_status", "known_incidents"),
    "history": ("similar_tickets", "ticket_history", "lookup_user"),
}
"""Those who search outside are not here: what an agent can look up it could also tell a server there."""


def check_finding(finding: Finding, question: Question) -> str | None:
    if not finding.summary.strip():
        return "the summary is empty"
    return unknown_citations(finding.citations, question)


def _specialist(role: str) -> AgentSpec:
    return AgentSpec(
        name=f"{role}-specialist",
        answer=Finding,
        prompt=f"specialist_{role}.md",
        tools=TOOLS.get(role, ()),
        check=check_finding,
        role=role,
    )


SPECIALISTS = {role: _specialist(role) for role in (*ROLES, *OUTSIDE_SPECIALISTS)}
