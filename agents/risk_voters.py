"""Voters on a dangerous action, each with a question of its own; they advise the person who decides."""

from agents.leaving import may_not_be_published
from agents.spec import AgentSpec
from shared.names import RISK_VOTERS as ROLES
from shared.thinking import Judgement, Question

PROMPT = "risk_voter.md"


def check_judgement(judgement: Judgement, question: Question) -> str | None:
    if not judgement.why.strip():
        return "why is empty: a person reads it"
    return may_not_be_published((judgement.why,), question, PROMPT)


RISK_VOTERS = {
    role: AgentSpec(name=f"{role}-risk-voter", answer=Judgement, prompt=PROMPT, check=check_judgement, role=role)
    for role in ROLES
}
