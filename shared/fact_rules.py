"""What may be remembered of a person: nothing secret, nothing personal beyond it, and no orders to a model."""

import re
from collections.abc import Iterable
from datetime import datetime

from shared.facts import Fact, LearnedFact, fact_of
from shared.masking import mask
from shared.screening import screen

PLACEHOLDER = re.compile(r"\[[a-z_]{2,20}\]")
"""What masking leaves behind: a fact around a hole says nothing, or hints at the secret."""


def problem_with_fact(fact: LearnedFact) -> str | None:
    """Why a fact must not be kept, or None. What is kept is shown to agents again and again."""
    text = f"{fact.topic}\n{fact.text}"
    if kinds := mask(text)[1]:
        return f"it contains what is never kept: {', '.join(kinds)}"
    if PLACEHOLDER.search(text):
        return "it is about something that was masked"
    if screen(fact.topic, fact.text).verdict == "unsafe":
        return "it reads like an order to the model"
    return None


def keepable(learned: Iterable[LearnedFact], said_at: datetime, source: str) -> tuple[Fact, ...]:
    """The facts that may be kept, each once: of two about the same, the later in the list."""
    facts = (fact_of(one, said_at, source) for one in learned if problem_with_fact(one) is None)
    return tuple({fact.id: fact for fact in facts}.values())
