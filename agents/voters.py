"""Voters classify a doubtful ticket independently of one another; a quorum decides."""

from agents.leaving import may_not_be_published
from agents.spec import AgentSpec
from shared.names import VOTERS as ROLES
from shared.thinking import Question, Vote

PROMPT = "voter.md"


def check_vote(vote: Vote, question: Question) -> str | None:
    return may_not_be_published((vote.why,), question, PROMPT)


VOTERS = {
    role: AgentSpec(name=f"{role}-voter", answer=Vote, prompt=PROMPT, check=check_vote, role=role) for role in ROLES
}
