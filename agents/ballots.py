"""Voters on a free question, each with evidence of its own; none learns of another."""

from agents.spec import AgentSpec
from shared.collaboration import BALLOT_VOTERS as ROLES
from shared.collaboration import Ballot, Poll


def check_ballot(ballot: Ballot, poll: Poll) -> str | None:
    if ballot.choice is None or ballot.choice in poll.options:
        return None
    return f"{ballot.choice!r} is none of the options; repeat one to the letter, or null to abstain"


BALLOT_VOTERS = {
    role: AgentSpec(name=f"{role}-ballot", answer=Ballot, prompt="ballot.md", check=check_ballot, role=role)
    for role in ROLES
}
