"""The knowledge base as Markdown files and approved drafts, searched with BM25 in an in-memory SQLite per process."""

import asyncio
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from adapters.approved_articles import ApprovedArticles
from adapters.words import MARKS, TOKENIZER, any_of, marked_words, search_terms
from shared.articles import Article, read_article, sections
from shared.errors import Permanent
from shared.ports import Artifacts
from shared.thinking import Passage

_QUERY_TERMS = 40
_PASSAGES_OF_AN_ARTICLE = 3
_SAME_LANGUAGE = 1.5
"""How much more an article counts in the language that is asked for."""
_SHARED_WORD = 0.1
"""How much more a section counts for each word of the query in it; BM25 would favour short sections."""

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


type Row = tuple[str, ...]


class Bm25Knowledge:
    """Implements the Knowledge port over a folder, read at first use and kept, and what people have approved since.

    `approved` is looked at again after `refresh_s` at the earliest; while it is down, the last known articles stay.
    An approved article never changes: one that is no longer wanted is deleted there.
    """

    def __init__(self, directory: str | Path, approved: Artifacts | None = None, refresh_s: float = 30.0):
        self._directory = Path(directory)
        self._approved = ApprovedArticles(approved, refresh_s) if approved is not None else None
        self._shipped: dict[str, Row] | None = None
        self._indexed: tuple[Row, ...] = ()
        self._index: sqlite3.Connection | None = None
        self._searching = ThreadPoolExecutor(max_workers=1, thread_name_prefix="knowledge")

    async def search(self, text: str, *, language: str | None = None, limit: int = 5) -> tuple[Passage, ...]:
        """Best passages first, of one article three at most; empty where nothing fits.

        An article fits when its title or keywords hold a telling word of `text`, or one section two.
        Raises Permanent, at the first search, naming every article of the folder that cannot be read.
        """
        approved = tuple(map(_row, await self._approved.known())) if self._approved is not None else ()
        terms = search_terms(text, _QUERY_TERMS)
        search = partial(self._search, approved, terms, language, limit)
        return await asyncio.get_running_loop().run_in_executor(self._searching, search)

    def close(self) -> None:
        self._searching.shutdown()
        if self._index is not None:
            self._index.close()

    def _search(
        self, approved: tuple[Row, ...], terms: tuple[str, ...], language: str | None, limit: int
    ) -> tuple[Passage, ...]:
        index = self._index_with(approved)
        if not terms or limit < 1:
            return ()
        rows = index.execute(_SEARCH, (any_of(terms), 4 * limit)).fetchall()
        found = [passage for row in rows for passage in _passages(row, language, min(2, len(terms)))]
        return tuple(sorted(found, key=lambda passage: -passage.score)[:limit])

    def _index_with(self, approved: tuple[Row, ...]) -> sqlite3.Connection:
        """The index, made anew when other articles are approved; none takes the place of one of the folder."""
        if self._shipped is None:
            self._shipped = _read(self._directory)
        if self._index is None or approved != self._indexed:
            if self._index is not None:
                self._index.close()
            rows = {row[0]: row for row in approved} | self._shipped
            self._index, self._indexed = _index(rows.values()), approved
        return self._index


def _passages(row: tuple[Any, ...], preferred: str | None, needed: int) -> list[Passage]:
    """The best sections of an article that was found, or none when it fits too little."""
    article, title, language, score, marked_heading, marked_body = row
    found = [(*section, marked_words(" ".join(section))) for section in sections(marked_body)]
    if not marked_words(marked_heading) and max(len(words) for *_, words in found) < needed:
        return []
    weight = score * (_SAME_LANGUAGE if language == preferred else 1.0)
    best = sorted(found, key=lambda section: -len(section[2]))[:_PASSAGES_OF_AN_ARTICLE]
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


def _index(rows: Iterable[Row]) -> sqlite3.Connection:
    index = sqlite3.connect(":memory:", check_same_thread=False)
    index.executescript(_SCHEMA)
    index.executemany("INSERT INTO articles (id, title, keywords, body, language) VALUES (?, ?, ?, ?, ?)", rows)
    return index


def _read(directory: Path) -> dict[str, Row]:
    paths = sorted(directory.glob("*.md"))
    if not paths:
        raise Permanent(f"there are no knowledge articles in {directory}")
    rows: dict[str, Row] = {}
    faults: list[str] = []
    for path in paths:
        try:
            row = _row(read_article(path.read_text(encoding="utf-8")))
            if row[0] in rows:
                raise ValueError(f"has the id {row[0]}, as another article does")
            rows[row[0]] = row
        except (OSError, ValueError) as error:
            faults.append(f"{path.name}: {error}")
    if faults:
        raise Permanent("knowledge articles that cannot be read: " + "; ".join(faults))
    return rows


def _row(article: Article) -> Row:
    head = article.head
    row = (head.id, head.title, ", ".join(head.keywords), article.body, head.language)
    return tuple(value.translate(_UNMARKED) for value in row)
