"""Search by words: BM25 in an in-memory SQLite, over stems of each article's own language."""

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from adapters.offline_words import BRIDGE, language_of
from adapters.stems import LANGUAGES, parts, stem, stems_in_every_language
from adapters.words import any_of, search_terms, without_accents
from shared.chunks import Chunk
from shared.thinking import Passage

_QUERY_TERMS = 40
_PASSAGES_OF_AN_ARTICLE = 3
SAME_LANGUAGE = 1.5
"""How much more an article counts in the language that is asked for."""
_SHARED_WORD = 0.1
"""How much more a section counts for each word of the query in it; BM25 would favour short sections."""
_ENOUGH = 0.2
"""The share of a question's words, by how telling they are, that an article must hold to be an answer."""
_IN_HEAD = 2.0
"""A word in title or keywords tells so much more of what an article is about than one in its text."""

_SCHEMA = """
CREATE VIRTUAL TABLE articles USING fts5 (title, keywords, body, tokenize = "unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE terms USING fts5vocab (articles, row);
"""
_SEARCH = """
SELECT rowid, -bm25(articles, 4.0, 4.0, 1.0) FROM articles WHERE articles MATCH ?
ORDER BY bm25(articles, 4.0, 4.0, 1.0) LIMIT ?
"""


class _Word(NamedTuple):
    """A word of a question: every form of it that would be a find, and how telling it is."""

    forms: frozenset[str]
    weight: float


class Asked(NamedTuple):
    words: tuple[_Word, ...]
    language: str


class _Entry(NamedTuple):
    """An article as it is searched: the stems of its head, and of each chunk."""

    chunks: tuple[Chunk, ...]
    head: frozenset[str]
    bodies: tuple[frozenset[str], ...]


class WordIndex:
    """Made once for a state of the articles; not to be used by two threads at once."""

    def __init__(self, articles: Iterable[tuple[Chunk, ...]]):
        chunked = [chunks for chunks in articles if chunks]
        self._vocabulary = _vocabulary(chunked)
        self._entries = [self._entry(chunks) for chunks in chunked]
        self._entry_of = {entry.chunks[0].article_id: entry for entry in self._entries}
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        self._index.executescript(_SCHEMA)
        rows = [(number, *self._row(entry.chunks)) for number, entry in enumerate(self._entries)]
        self._index.executemany("INSERT INTO articles (rowid, title, keywords, body) VALUES (?, ?, ?, ?)", rows)
        self._holding: Mapping[str, int] = dict(self._index.execute("SELECT term, doc FROM terms"))

    def close(self) -> None:
        self._index.close()

    def asked(self, text: str, language: str | None) -> Asked:
        spoken = language if language in LANGUAGES else language_of(text)
        words = (self._forms(term, spoken) for term in search_terms(text, _QUERY_TERMS))
        return Asked(tuple(_Word(forms, self._weight(forms)) for forms in words), spoken)

    def search(self, asked: Asked, limit: int) -> tuple[Passage, ...]:
        """Best passages first, of one article three at most; empty where nothing fits."""
        forms = dict.fromkeys(form for word in asked.words for form in sorted(word.forms))
        if not forms or limit < 1:
            return ()
        rows: list[tuple[int, float]] = self._index.execute(_SEARCH, (any_of(forms), 4 * limit)).fetchall()
        found = [passage for row, score in rows for passage in self._passages(self._entries[row], score, asked)]
        return tuple(sorted(found, key=lambda passage: -passage.score)[:limit])

    def fits(self, article_id: str, asked: Asked) -> bool:
        """Whether an article has enough of the question's words to be an answer to it."""
        entry = self._entry_of.get(article_id)
        return entry is not None and _coverage(entry, asked) >= _ENOUGH

    def _passages(self, entry: _Entry, score: float, asked: Asked) -> list[Passage]:
        coverage = _coverage(entry, asked)
        if coverage < _ENOUGH:
            return []
        weight = score * (SAME_LANGUAGE if entry.chunks[0].language == asked.language else 1.0)
        shared = [sum(not word.forms.isdisjoint(body) for word in asked.words) for body in entry.bodies]
        best = sorted(zip(shared, entry.chunks, strict=True), key=lambda pair: -pair[0])[:_PASSAGES_OF_AN_ARTICLE]
        return [passage_of(chunk, weight * (1 + _SHARED_WORD * words)) for words, chunk in best]

    def _forms(self, term: str, language: str) -> frozenset[str]:
        plain = without_accents(term)
        forms = {stem(term, language), plain}
        if language == "de" and not forms & self._vocabulary:
            forms.update(parts(term, self._vocabulary))
        if language != "en" and (english := _bridged(plain)):
            forms.add(stem(english, "en"))
        return frozenset(forms)

    def _weight(self, forms: frozenset[str]) -> float:
        """Inverse document frequency: a word that no article has is as telling as one that a single article has."""
        holding = max(self._holding.get(form, 1) for form in forms)
        return math.log(1 + len(self._entries) / holding)

    def _entry(self, chunks: tuple[Chunk, ...]) -> _Entry:
        title, keywords, _ = self._row(chunks)
        bodies = tuple(frozenset(self._stems(f"{chunk.section} {chunk.text}", chunk.language)) for chunk in chunks)
        return _Entry(chunks, frozenset(f"{title} {keywords}".split()), bodies)

    def _row(self, chunks: tuple[Chunk, ...]) -> tuple[str, str, str]:
        first = chunks[0]
        keywords = {form for word in _words(" ".join(first.keywords)) for form in stems_in_every_language(word)}
        body = [form for chunk in chunks for form in self._stems(f"{chunk.section} {chunk.text}", first.language)]
        return " ".join(self._stems(first.title, first.language)), " ".join(sorted(keywords)), " ".join(body)

    def _stems(self, text: str, language: str) -> list[str]:
        found: list[str] = []
        for word in _words(text):
            found.append(stem(word, language))
            if language == "de":
                found.extend(parts(word, self._vocabulary))
        return found


def passage_of(chunk: Chunk, score: float) -> Passage:
    return Passage(
        article_id=chunk.article_id,
        title=chunk.title,
        section=chunk.section,
        text=chunk.text,
        language=chunk.language,
        score=round(score, 4),
    )


def _coverage(entry: _Entry, asked: Asked) -> float:
    """The share of what is asked, by weight, that the article holds; a word in its head counts more than once.

    0 where one section shares a single word and the head none: that is chance.
    """
    in_head = [word for word in asked.words if word.forms & entry.head]
    in_bodies = ([word for word in asked.words if word.forms & body] for body in entry.bodies)
    best = max(in_bodies, key=lambda words: sum(word.weight for word in words))
    if not in_head and len(best) < min(2, len(asked.words)):
        return 0.0
    held = _IN_HEAD * sum(word.weight for word in in_head)
    held += sum(word.weight for word in best if word not in in_head)
    return held / sum(word.weight for word in asked.words)


def _vocabulary(articles: Iterable[tuple[Chunk, ...]]) -> frozenset[str]:
    """The German words there are, of which compounds may be made."""
    texts = [(chunk.text, chunk.title, *chunk.keywords) for chunks in articles for chunk in chunks]
    counted = Counter(stem(word, "de") for text in texts for part in text for word in _words(part))
    return frozenset(counted)


def _bridged(plain: str) -> str | None:
    for length in range(len(plain), 2, -1):
        if english := BRIDGE.get(plain[:length]):
            return english
    return None


def _words(text: str) -> tuple[str, ...]:
    return search_terms(text, len(text))
