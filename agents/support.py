"""Answers a requester in a conversation: one call, one answer. It looks things up and changes nothing."""

from agents.leaving import may_not_leave
from agents.spec import AgentSpec, unknown_citations
from shared.conversations import SupportAnswer
from shared.names import SUPPORT_AGENT
from shared.thinking import Question

PROMPT = "support.md"


def check_support_answer(answer: SupportAnswer, question: Question) -> str | None:
    """Refuse invented sources, silence where the requester would read it, and what must not leave."""
    if answer.outcome != "ticket" and not answer.answer.strip():
        return f"the answer is empty although the outcome is {answer.outcome}"
    return may_not_leave(answer.answer, question, PROMPT) or unknown_citations(answer.citations, question)


SUPPORT = AgentSpec(
    name=SUPPORT_AGENT,
    answer=SupportAnswer,
    prompt=PROMPT,
    tools=("lookup_user", "service_status", "known_incidents", "similar_tickets", "ticket_history"),
    check=check_support_answer,
)
