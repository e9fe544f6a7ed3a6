"""Voters on a free question, each with evidence of its own; none learns of another."""

from agents.leaving import may_not_be_published
from agents.spec import AgentSpec
from shared.collaboration import BALLOT_VOTERS as ROLES
from shared.collaboration import Ballot, Poll

PROMPT = "ballot.md"


def check_ballot(ballot: Ballot, poll: Poll) -> str | None:
    if ballot.choice is not None and ballot.choice not in poll.options:
        return f"{ballot.choice!r} is none of the options; repeat one to the letter, or null to abstain"
    return may_not_be_published((ballot.why,), poll, PROMPT)


BALLOT_VOTERS = {
    role: AgentSpec(name=f"{role}-ballot", answer=Ballot, prompt=PROMPT, check=check_ballot, role=role)
    for role in ROLES
}
