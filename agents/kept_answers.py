"""Which answers may serve again, and under what they are found."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from agents.answer_schema import response_format
from agents.spec import AgentSpec, instructions
from shared.exchanged import Thought
from shared.model import Model

NAMES = ("ticket_id", "task_id")
NOT_CONTENT = frozenset(NAMES)
"""Fields of a question that say whose it is, not what is asked."""


def answer_key(agent: AgentSpec, asked: Model, model: str) -> str:
    """A digest of everything that the answer depends on: agent, prompt, answer type, model and input."""
    parts = [
        agent.name,
        instructions(agent.prompt),
        response_format(agent.answer),
        (*agent.tools, *(tool.name for tool in agent.lent)),
        model,
        asked.model_dump(mode="json", exclude=set(NOT_CONTENT)),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def may_be_kept(thought: Thought, asked: Model, messages: Sequence[Any]) -> bool:
    """Not where a tool had its say, since that may be otherwise next time, nor where it names its own ticket."""
    if any(content.type == "function_call" for message in messages for content in message.contents):
        return False
    said = json.dumps(thought.answer)
    return not any(name and str(name) in said for name in (getattr(asked, field, None) for field in NAMES))
