"""The knowledge base as Markdown files, searched with BM25 in an in-memory SQLite per process."""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from adapters.words import TOKENIZER, any_of, marked_words, search_terms
from shared.errors import Permanent
from shared.model import Model
from shared.thinking import Passage
from shared.tickets import Category, Text

_QUERY_TERMS = 40
_PASSAGES_OF_AN_ARTICLE = 3
_SAME_LANGUAGE = 1.5
"""How much more a passage counts in the language that is asked for."""

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_SECTION = re.compile(r"^## +(.+?) *$", re.MULTILINE)

_SCHEMA = f"""
CREATE VIRTUAL TABLE passages USING fts5 (
    title, keywords, section, text, article UNINDEXED, language UNINDEXED, tokenize = '{TOKENIZER}'
);
"""

_SEARCH = """
SELECT article, title, section, text, language, -bm25(passages, 4.0, 4.0, 2.0, 1.0),
       highlight(passages, 0, char(1), char(2)) || highlight(passages, 1, char(1), char(2)),
       highlight(passages, 2, char(1), char(2)) || highlight(passages, 3, char(1), char(2))
FROM passages WHERE passages MATCH ? ORDER BY bm25(passages, 4.0, 4.0, 2.0, 1.0) LIMIT ?
"""


def _listed(keywords: object) -> object:
    """Keywords may be written as a list or with commas."""
    return [word.strip() for word in keywords.split(",")] if isinstance(keywords, str) else keywords


class _FrontMatter(Model):
    id: Text
    title: Text
    category: Category
    keywords: Annotated[tuple[Text, ...], BeforeValidator(_listed)]
    updated: date
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]


@dataclass(frozen=True)
class _Row:
    title: str
    keywords: str
    section: str
    text: str
    article: str
    language: str


class Bm25Knowledge:
    """Implements the Knowledge port over a folder; reads it at first use and keeps it for the process."""

    def __init__(self, directory: str | Path):
        self._directory = Path(directory)
        self._index: sqlite3.Connection | None = None
        self._searching = ThreadPoolExecutor(max_workers=1, thread_name_prefix="knowledge")

    async def search(self, text: str, *, language: str | None = None, limit: int = 5) -> tuple[Passage, ...]:
        """Best passages first, of one article three at most; empty where nothing fits.

        A passage fits when its title or keywords hold a telling word of `text`, or its body two.
        Raises Permanent, at the first search, naming every article that cannot be read.
        """
        terms = search_terms(text, _QUERY_TERMS)
        return await asyncio.get_running_loop().run_in_executor(
            self._searching, self._search, terms, language, limit
        )

    def close(self) -> None:
        self._searching.shutdown()
        if self._index is not None:
            self._index.close()

    def _search(self, terms: tuple[str, ...], language: str | None, limit: int) -> tuple[Passage, ...]:
        if self._index is None:
            self._index = _index(self._directory)
        if not terms or limit < 1:
            return ()
        rows = self._index.execute(_SEARCH, (any_of(terms), 20 * limit)).fetchall()
        needed = min(2, len(terms))
        found = [
            _passage(row, language)
            for *row, in_heading, in_body in rows
            if marked_words(in_heading) or len(marked_words(in_body)) >= needed
        ]
        return tuple(_best(found, limit))


def _passage(row: list[Any], preferred: str | None) -> Passage:
    article, title, section, text, language, score = row
    weight = _SAME_LANGUAGE if language == preferred else 1.0
    return Passage(
        article_id=article,
        title=title,
        section=section,
        text=text,
        language=language,
        score=round(score * weight, 4),
    )


def _best(found: list[Passage], limit: int) -> Iterator[Passage]:
    taken: dict[str, int] = {}
    for passage in sorted(found, key=lambda passage: -passage.score):
        taken[passage.article_id] = taken.get(passage.article_id, 0) + 1
        if taken[passage.article_id] <= _PASSAGES_OF_AN_ARTICLE:
            yield passage
            limit -= 1
        if limit == 0:
            return


def _index(directory: Path) -> sqlite3.Connection:
    rows = _read(directory)
    index = sqlite3.connect(":memory:", check_same_thread=False)
    index.executescript(_SCHEMA)
    index.executemany(
        "INSERT INTO passages (title, keywords, section, text, article, language) VALUES (?, ?, ?, ?, ?, ?)",
        [(row.title, row.keywords, row.section, row.text, row.article, row.language) for row in rows],
    )
    return index


def _read(directory: Path) -> list[_Row]:
    paths = sorted(directory.glob("*.md"))
    if not paths:
        raise Permanent(f"there are no knowledge articles in {directory}")
    rows: list[_Row] = []
    faults: list[str] = []
    ids: dict[str, str] = {}
    for path in paths:
        try:
            article = list(_rows(path.read_text(encoding="utf-8")))
            if (other := ids.setdefault(article[0].article, path.name)) != path.name:
                raise ValueError(f"has the id of {other}")
            rows.extend(article)
        except (OSError, ValueError) as error:
            faults.append(f"{path.name}: {_in_short(error)}")
    if faults:
        raise Permanent("knowledge articles that cannot be read: " + "; ".join(faults))
    return rows


def _rows(article: str) -> Iterator[_Row]:
    """The sections of one article; words above the first heading belong to a section of no name."""
    from yaml import YAMLError, safe_load

    parts = _FRONT_MATTER.match(article.replace("\r\n", "\n").removeprefix("\ufeff"))
    if parts is None:
        raise ValueError("has no front matter between --- lines")
    try:
        front = _FrontMatter.model_validate(safe_load(parts[1]))
    except YAMLError as error:
        raise ValueError("has front matter that is not YAML") from error
    above, *named = _SECTION.split(parts[2])
    sections = [("", above), *zip(named[::2], named[1::2], strict=True)]
    filled = [(name, text.strip()) for name, text in sections if text.strip()]
    if not filled:
        raise ValueError("has no text")
    for name, text in filled:
        yield _Row(front.title, ", ".join(front.keywords), name, text, front.id, front.language)


def _in_short(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return ", ".join(f"{'.'.join(map(str, fault['loc']))} {fault['msg']}" for fault in error.errors())
    return str(error)
