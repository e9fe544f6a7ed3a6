"""Says what kind of ticket it is, and how sure that is."""

from agents.spec import AgentSpec
from shared.names import TRIAGE_AGENT
from shared.thinking import Triage

TRIAGE_ANALYST = AgentSpec(name=TRIAGE_AGENT, answer=Triage, prompt="triage_analyst.md")
