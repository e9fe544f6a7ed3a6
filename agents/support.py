"""Answers a requester in a conversation: one call, one answer. It looks things up and changes nothing."""

from agents.spec import AgentSpec, unknown_citations
from shared.conversations import SupportAnswer
from shared.names import SUPPORT_AGENT
from shared.thinking import Question


def check_support_answer(answer: SupportAnswer, question: Question) -> str | None:
    """Refuse invented sources, and silence where the requester would read it."""
    if answer.outcome != "ticket" and not answer.answer.strip():
        return f"the answer is empty although the outcome is {answer.outcome}"
    return unknown_citations(answer.citations, question)


SUPPORT = AgentSpec(
    name=SUPPORT_AGENT,
    answer=SupportAnswer,
    prompt="support.md",
    tools=("lookup_user", "service_status", "known_incidents", "similar_tickets", "ticket_history"),
    check=check_support_answer,
)
