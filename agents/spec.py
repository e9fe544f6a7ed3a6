"""What defines an agent: its name, the type it answers in, its tools, and its instructions."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.model import Model
from shared.thinking import Citation, Question

PROMPTS = Path(__file__).parent / "prompts"

Check = Callable[[Any, Any], str | None]
"""Says what is wrong with a well-formed answer to a question, or None."""


def accept(_answer: Any, _question: Any) -> str | None:
    return None


@dataclass(frozen=True)
class AgentSpec:
    """`role` tells agents apart that share one prompt; it is put into the question.

    `group` names agents that share a rate limit of their own, within the model's. `lent` are tools of somebody
    else's server, there for one question.
    """

    name: str
    answer: type[Model]
    prompt: str
    tools: tuple[str, ...] = ()
    check: Check = accept
    role: str | None = None
    group: str = ""
    lent: tuple[Any, ...] = ()


@cache
def instructions(prompt: str) -> str:
    """The text of a prompt file, preceded by the rules that hold for every agent."""
    rules = (PROMPTS / "ground_rules.md").read_text(encoding="utf-8")
    return f"{(PROMPTS / prompt).read_text(encoding='utf-8').strip()}\n\n{rules.strip()}\n"


def unknown_citations(citations: tuple[Citation, ...], question: Question) -> str | None:
    """Name the citations that are not among the question's passages, or None."""
    given = {(passage.article_id, passage.title, passage.section) for passage in question.recollection.passages}
    cited = [(citation.id, citation.title, citation.section) for citation in citations]
    invented = [" / ".join(one) for one in cited if one not in given]
    return f"not among the given passages: {'; '.join(invented)}" if invented else None
