"""Retrieval is measured on questions that are honest, and does not fall below what was reached."""

import re
from pathlib import Path

from adapters.knowledge import EmbeddedKnowledge
from adapters.library import Library
from evaluation.retrieval import Labelled, figures, labelled, ranks

KNOWLEDGE = Path(__file__).parents[2] / "samples" / "knowledge"
RUN = 5


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1)}


def test_no_question_is_copied_from_an_article():
    written = {run for path in KNOWLEDGE.glob("*.md") for run in runs(path.read_text())}
    assert [one.question for one in labelled() if runs(one.question) & written] == []


def test_the_questions_are_many_in_five_languages_and_name_articles_that_exist():
    questions = labelled()
    assert len(questions) >= 120
    assert {one.language for one in questions} == {"en", "fr", "de", "es", "it"}
    assert {name for one in questions for name in one.articles} <= {path.stem for path in KNOWLEDGE.glob("*.md")}
    assert sum(not one.articles for one in questions) >= 20


def test_figures_are_what_they_say():
    questions = [Labelled(question="q", language="en", articles=("a",), held_out=False)] * 4
    questions += [Labelled(question="q", language="en", articles=(), held_out=False)] * 2
    scored = figures(questions, [1, 2, 0, None, None, 0])
    assert (scored.first, scored.among_three, scored.reciprocal, scored.nothing) == (0.25, 0.5, 0.375, 0.5)


async def test_what_is_held_out_is_found_as_well_as_it_was():
    questions = [one for one in labelled() if one.held_out]
    scored = figures(questions, await ranks(EmbeddedKnowledge(Library(KNOWLEDGE)), questions))
    assert scored.first >= 0.75
    assert scored.among_three >= 0.8
    assert scored.nothing >= 0.6
