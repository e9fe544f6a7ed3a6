"""Two agents work once the requester has their answer: one notes what is worth remembering, one sums up."""

from agents.spec import AgentSpec
from shared.facts import Learned
from shared.learning import ThreadSummary

EXTRACTOR = AgentSpec(name="memory-extractor", answer=Learned, prompt="memory_extractor.md")
THREAD_SUMMARISER = AgentSpec(name="thread-summariser", answer=ThreadSummary, prompt="thread_summariser.md")
