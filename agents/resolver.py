"""Plans what to tell the requester and which changes to make."""

from agents.spec import AgentSpec, instructions, unknown_citations
from shared.names import RESOLVER_AGENT
from shared.outgoing import problems_with
from shared.thinking import Plan, Question

PROMPT = "resolver.md"


def check_plan(plan: Plan, question: Question) -> str | None:
    """Refuse invented sources, an empty text where the requester would read it, and what must not leave."""
    if plan.outcome != "escalate" and not plan.answer.strip():
        return f"the answer is empty although the outcome is {plan.outcome}"
    recollection = question.recollection
    known = (
        *(passage.text for passage in recollection.passages),
        *(f"{service.note} {service.known_incident or ''}" for service in recollection.services),
    )
    problems = problems_with(plan.answer, known=known, actions=plan.actions, instructions=instructions(PROMPT))
    return "; ".join(problems) or unknown_citations(plan.citations, question)


RESOLVER = AgentSpec(
    name=RESOLVER_AGENT,
    answer=Plan,
    prompt=PROMPT,
    tools=("lookup_user", "service_status", "known_incidents", "similar_tickets", "ticket_history"),
    check=check_plan,
)
