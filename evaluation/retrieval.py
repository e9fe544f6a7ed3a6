"""How well the knowledge base finds: labelled questions in five languages, some of which have no answer.

A question of several right articles is met by any of them. The search was tuned by the misses of one half of the
questions, never of the half that is held out. Questions and the keywords of the shipped articles are of one hand,
though, and the keywords are the younger: both halves flatter, and real questions will do worse.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shared.knowledge import Knowledge
from shared.model import Model

QUESTIONS = Path(__file__).parent / "questions.jsonl"
RESULTS = Path(".local") / "evaluation" / "retrieval.json"
PASS_MARK = 0.75
"""Share of held-out questions whose first article is right, below which the evaluation fails."""
_LOOKED_AT = 30


class Labelled(Model):
    question: str
    language: str
    articles: tuple[str, ...]
    held_out: bool


@dataclass(frozen=True)
class Figures:
    """`first`, `among_three` and `reciprocal` are means over the answerable questions, `nothing` over the others."""

    questions: int
    first: float
    among_three: float
    reciprocal: float
    nothing: float


def labelled() -> tuple[Labelled, ...]:
    return tuple(Labelled.model_validate_json(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines())


async def ranks(knowledge: Knowledge, questions: Sequence[Labelled]) -> list[int | None]:
    """Of each question the place of the first right article; 0 where none was, None where nothing was found."""
    return [await _rank(knowledge, one) for one in questions]


async def _rank(knowledge: Knowledge, one: Labelled) -> int | None:
    found = (await knowledge.search(one.question, limit=_LOOKED_AT)).passages
    articles = list(dict.fromkeys(passage.article_id for passage in found))
    if not articles:
        return None
    return next((place for place, name in enumerate(articles, 1) if name in one.articles), 0)


def figures(questions: Sequence[Labelled], found: Sequence[int | None]) -> Figures:
    places = [place or 0 for one, place in zip(questions, found, strict=True) if one.articles]
    unanswerable = [place for one, place in zip(questions, found, strict=True) if not one.articles]
    return Figures(
        questions=len(questions),
        first=_mean([place == 1 for place in places]),
        among_three=_mean([0 < place <= 3 for place in places]),
        reciprocal=_mean([1 / place if place else 0.0 for place in places]),
        nothing=_mean([place is None for place in unanswerable]),
    )


def evaluate(knowledge: Knowledge, console: Console) -> bool:
    """Print and write the figures; whether they reach the pass mark."""
    questions = labelled()
    found = asyncio.run(ranks(knowledge, questions))
    groups = {"all": [True for _ in questions], "held out": [one.held_out for one in questions]}
    groups |= {lang: [one.language == lang for one in questions] for lang in sorted({q.language for q in questions})}
    table = Table("Questions", "Number", "hit@1", "hit@3", "MRR", "nothing found", title="Retrieval")
    told: dict[str, dict[str, float]] = {}
    for name, within in groups.items():
        of = [pair for pair, is_in in zip(zip(questions, found, strict=True), within, strict=True) if is_in]
        scored = figures([one for one, _ in of], [place for _, place in of])
        shares = (scored.first, scored.among_three, scored.reciprocal, scored.nothing)
        table.add_row(name, str(scored.questions), *(f"{share:.3f}" for share in shares))
        told[name] = vars(scored)
    console.print(table)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(told, indent=2))
    passed = told["held out"]["first"] >= PASS_MARK
    console.print(f"hit@1 held out: pass mark {PASS_MARK}: {'passed' if passed else 'FAILED'}; written to {RESULTS}")
    return passed


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
