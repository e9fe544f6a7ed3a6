"""The knowledge base as Markdown files, searched with BM25 in an in-memory SQLite per process."""

import asyncio
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, Field, ValidationError

from adapters.words import MARKS, TOKENIZER, any_of, marked_words, search_terms
from shared.errors import Permanent
from shared.model import Model
from shared.thinking import Passage
from shared.tickets import Category, Text

_QUERY_TERMS = 40
_PASSAGES_OF_AN_ARTICLE = 3
_SAME_LANGUAGE = 1.5
"""How much more an article counts in the language that is asked for."""
_SHARED_WORD = 0.1
"""How much more a section counts for each word of the query in it; BM25 would favour short sections."""

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_SECTION = re.compile(r"^## +(.+?) *$", re.MULTILINE)
_UNMARKED = str.maketrans("", "", MARKS)

_SCHEMA = f"""
CREATE VIRTUAL TABLE articles USING fts5 (
    title, keywords, body, id UNINDEXED, language UNINDEXED, tokenize = '{TOKENIZER}'
);
"""

_SEARCH = """
SELECT id, title, language, -bm25(articles, 4.0, 4.0, 1.0),
       highlight(articles, 0, char(1), char(2)) || highlight(articles, 1, char(1), char(2)),
       highlight(articles, 2, char(1), char(2))
FROM articles WHERE articles MATCH ? ORDER BY bm25(articles, 4.0, 4.0, 1.0) LIMIT ?
"""


def _listed(keywords: object) -> object:
    """Keywords may be written as a list or with commas; an error code such as 403 is one too."""
    match keywords:
        case str():
            return [word.strip() for word in keywords.split(",")]
        case list():
            words = cast("list[object]", keywords)
            return [str(word) if type(word) is int else word for word in words]
        case _:
            return keywords


class _FrontMatter(Model):
    id: Text
    title: Text
    category: Category
    keywords: Annotated[tuple[Text, ...], BeforeValidator(_listed)]
    updated: date
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"


class Bm25Knowledge:
    """Implements the Knowledge port over a folder; reads it at first use and keeps it for the process."""

    def __init__(self, directory: str | Path):
        self._directory = Path(directory)
        self._index: sqlite3.Connection | None = None
        self._searching = ThreadPoolExecutor(max_workers=1, thread_name_prefix="knowledge")

    async def search(self, text: str, *, language: str | None = None, limit: int = 5) -> tuple[Passage, ...]:
        """Best passages first, of one article three at most; empty where nothing fits.

        An article fits when its title or keywords hold a telling word of `text`, or one section two.
        Raises Permanent, at the first search, naming every article that cannot be read.
        """
        terms = search_terms(text, _QUERY_TERMS)
        return await asyncio.get_running_loop().run_in_executor(self._searching, self._search, terms, language, limit)

    def close(self) -> None:
        self._searching.shutdown()
        if self._index is not None:
            self._index.close()

    def _search(self, terms: tuple[str, ...], language: str | None, limit: int) -> tuple[Passage, ...]:
        if self._index is None:
            self._index = _index(self._directory)
        if not terms or limit < 1:
            return ()
        rows = self._index.execute(_SEARCH, (any_of(terms), 4 * limit)).fetchall()
        found = [passage for row in rows for passage in _passages(row, language, min(2, len(terms)))]
        return tuple(sorted(found, key=lambda passage: -passage.score)[:limit])


def _passages(row: tuple[Any, ...], preferred: str | None, needed: int) -> list[Passage]:
    """The best sections of an article that was found, or none when it fits too little."""
    article, title, language, score, marked_heading, marked_body = row
    sections = [(*section, marked_words(" ".join(section))) for section in _sections(marked_body)]
    if not marked_words(marked_heading) and max(len(words) for *_, words in sections) < needed:
        return []
    weight = score * (_SAME_LANGUAGE if language == preferred else 1.0)
    best = sorted(sections, key=lambda section: -len(section[2]))[:_PASSAGES_OF_AN_ARTICLE]
    return [
        Passage(
            article_id=article,
            title=title,
            section=name.translate(_UNMARKED),
            text=text.translate(_UNMARKED),
            language=language,
            score=round(weight * (1 + _SHARED_WORD * len(words)), 4),
        )
        for name, text, words in best
    ]


def _sections(body: str) -> list[tuple[str, str]]:
    """Names and texts; words above the first heading belong to a section of no name."""
    above, *named = _SECTION.split(body)
    sections = [("", above), *zip(named[::2], named[1::2], strict=True)]
    return [(name, text.strip()) for name, text in sections if text.strip()]


def _index(directory: Path) -> sqlite3.Connection:
    rows = _read(directory)
    index = sqlite3.connect(":memory:", check_same_thread=False)
    index.executescript(_SCHEMA)
    index.executemany("INSERT INTO articles (id, title, keywords, body, language) VALUES (?, ?, ?, ?, ?)", rows)
    return index


def _read(directory: Path) -> list[tuple[str, ...]]:
    paths = sorted(directory.glob("*.md"))
    if not paths:
        raise Permanent(f"there are no knowledge articles in {directory}")
    rows: dict[str, tuple[str, ...]] = {}
    faults: list[str] = []
    for path in paths:
        try:
            row = _row(path.read_text(encoding="utf-8"))
            if row[0] in rows:
                raise ValueError(f"has the id {row[0]}, as another article does")
            rows[row[0]] = row
        except (OSError, ValueError) as error:
            faults.append(f"{path.name}: {_in_short(error)}")
    if faults:
        raise Permanent("knowledge articles that cannot be read: " + "; ".join(faults))
    return list(rows.values())


def _row(article: str) -> tuple[str, ...]:
    from yaml import YAMLError, safe_load

    parts = _FRONT_MATTER.match(article.removeprefix("\ufeff").translate(_UNMARKED))
    if parts is None:
        raise ValueError("has no front matter between --- lines")
    try:
        front = _FrontMatter.model_validate(safe_load(parts[1]))
    except YAMLError as error:
        raise ValueError("has front matter that is not YAML") from error
    if not _sections(parts[2]):
        raise ValueError("has no text")
    return (front.id, front.title, ", ".join(front.keywords), parts[2], front.language)


def _in_short(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return ", ".join(f"{'.'.join(map(str, fault['loc']))} {fault['msg']}" for fault in error.errors())
    return str(error)
