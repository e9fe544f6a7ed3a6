"""Voters classify a doubtful ticket independently of one another; a quorum decides."""

from agents.spec import AgentSpec
from shared.names import VOTERS as ROLES
from shared.thinking import Vote

VOTERS = {role: AgentSpec(name=f"{role}-voter", answer=Vote, prompt="voter.md", role=role) for role in ROLES}
