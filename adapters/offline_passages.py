"""Chooses the passages that bear on a ticket, by the words they share with it."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.offline_words import fold, terms
from shared.thinking import Citation, Passage

ENOUGH_SUPPORT = 2.0
"""Two shared words, or one that is in the title: less than that is chance."""
TITLE_WEIGHT = 2.0
HAS_STEPS = re.compile(r"^\s*(?:1\.|-)\s", re.MULTILINE)
LAST_RESORT = re.compile(r"^(?:when to |symptom|quand |wann |cuando )")
"""Sections that say whom to call or what it looks like: true, but no help by themselves."""


@dataclass(frozen=True)
class Supported:
    passage: Passage
    support: float


def supported(passages: Sequence[Passage], ticket: Counter[str]) -> list[Supported]:
    """Passages with enough support in the ticket's words, best first."""
    rated = [Supported(passage, _support(passage, ticket)) for passage in passages]
    enough = [one for one in rated if one.support >= ENOUGH_SUPPORT]
    return sorted(
        enough, key=lambda one: (one.support * _usefulness(one.passage), one.passage.score), reverse=True
    )


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


def _support(passage: Passage, ticket: Counter[str]) -> float:
    in_title = terms(passage.title) | terms(passage.article_id)
    in_text = terms(f"{passage.section} {passage.text}")
    title_hits = sum(TITLE_WEIGHT for term in ticket if term in in_title)
    text_hits = sum(1.0 for term in ticket if term in in_text and term not in in_title)
    return title_hits + text_hits / math.sqrt(1 + len(in_text) / 100)


def _usefulness(passage: Passage) -> float:
    if LAST_RESORT.match(fold(passage.section)):
        return 0.5
    return 1.2 if HAS_STEPS.search(passage.text) else 1.0
