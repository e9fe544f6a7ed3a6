"""Chooses the passages that bear on a ticket, by the words they share with it."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.offline_words import fold, terms
from shared.thinking import Citation, Passage

ENOUGH_SUPPORT = 3.0
"""Two shared words, one of them in the title: less than that is chance."""
ENOUGH_COVERAGE = 0.2
MOSTLY_COVERED = 0.5
"""The share of its words at which even a ticket of few words is understood."""
TITLE_WEIGHT = 2.0
HAS_STEPS = re.compile(r"^\s*(?:1\.|-)\s", re.MULTILINE)
LAST_RESORT = re.compile(r"^(?:when to |symptom|quand |wann |cuando )")
"""Sections that say whom to call or what it looks like: true, but no help by themselves."""


@dataclass(frozen=True)
class Supported:
    """`support` weighs the shared words, `coverage` is their share of the ticket's words."""

    passage: Passage
    support: float
    coverage: float

    @property
    def confidence(self) -> float:
        """Grows with what is shared; a rule that reads no meaning is never very sure."""
        return round(min(0.85, 0.25 + 0.8 * self.coverage + 0.02 * self.support), 3)


def supported(passages: Sequence[Passage], ticket: Counter[str]) -> list[Supported]:
    """Passages with enough support in the ticket's words, best first."""
    rated = [_rated(passage, ticket) for passage in passages]
    enough = [one for one in rated if _is_enough(one)]
    return sorted(enough, key=lambda one: (one.support * _usefulness(one.passage), one.passage.score), reverse=True)


def best_sections(found: Sequence[Supported], limit: int = 2) -> list[Supported]:
    """The best section, and the next one of the same article where it fits nearly as well."""
    if not found:
        return []
    first = found[0]
    more = [
        one
        for one in found[1:]
        if one.passage.article_id == first.passage.article_id
        and HAS_STEPS.search(one.passage.text)
        and one.support >= first.support * 0.7
    ]
    return [first, *more[: limit - 1]]


def citation(passage: Passage) -> Citation:
    return Citation(id=passage.article_id, title=passage.title, section=passage.section)


def _is_enough(one: Supported) -> bool:
    if one.coverage >= MOSTLY_COVERED:
        return one.support >= TITLE_WEIGHT
    return one.support >= ENOUGH_SUPPORT and one.coverage >= ENOUGH_COVERAGE


def _rated(passage: Passage, ticket: Counter[str]) -> Supported:
    in_title = terms(passage.title) | terms(passage.article_id)
    in_text = terms(f"{passage.section} {passage.text}")
    title_hits = ticket.keys() & in_title.keys()
    text_hits = ticket.keys() & in_text.keys() - in_title.keys()
    support = TITLE_WEIGHT * len(title_hits) + len(text_hits) / math.sqrt(1 + len(in_text) / 100)
    return Supported(passage, support, len(title_hits | text_hits) / max(1, len(ticket)))


def _usefulness(passage: Passage) -> float:
    if LAST_RESORT.match(fold(passage.section)):
        return 0.5
    return 1.2 if HAS_STEPS.search(passage.text) else 1.0
