"""Plans what to tell the requester and which changes to make."""

from agents.leaving import may_not_leave
from agents.spec import AgentSpec, unknown_citations
from shared.names import RESOLVER_AGENT
from shared.thinking import Plan, Question

PROMPT = "resolver.md"


def check_plan(plan: Plan, question: Question) -> str | None:
    """Refuse invented sources, an empty text where the requester would read it, and what must not leave."""
    if plan.outcome != "escalate" and not plan.answer.strip():
        return f"the answer is empty although the outcome is {plan.outcome}"
    leaks = may_not_leave(plan.answer, question, PROMPT, plan.actions)
    return leaks or unknown_citations(plan.citations, question)


RESOLVER = AgentSpec(
    name=RESOLVER_AGENT,
    answer=Plan,
    prompt=PROMPT,
    tools=("lookup_user", "service_status", "known_incidents", "similar_tickets", "ticket_history"),
    check=check_plan,
)
