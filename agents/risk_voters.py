"""Voters on a dangerous action, each with a question of its own; they advise the person who decides."""

from agents.spec import AgentSpec
from shared.names import RISK_VOTERS as ROLES
from shared.thinking import Judgement, Question


def check_judgement(judgement: Judgement, _question: Question) -> str | None:
    return None if judgement.why.strip() else "why is empty: a person reads it"


RISK_VOTERS = {
    role: AgentSpec(
        name=f"{role}-risk-voter", answer=Judgement, prompt="risk_voter.md", check=check_judgement, role=role
    )
    for role in ROLES
}
