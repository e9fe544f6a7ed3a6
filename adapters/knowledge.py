"""The knowledge base in this process: a library of articles, and an index of their words."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from adapters.library import Articles, Library
from adapters.word_index import WordIndex
from shared.articles import Article
from shared.chunks import HEAD, Chunk, chunks_of
from shared.cursors import opaque, place_in
from shared.knowledge import ArticlePage, KeptArticle, Put, Retrieval


class Shelf(NamedTuple):
    """What agents may be shown of a state of the articles: its chunks by key, and the index of their words."""

    articles: Articles
    chunks: Mapping[str, Chunk]
    words: WordIndex


class EmbeddedKnowledge:
    """Implements the Knowledge port over a library; the index is made anew when an article changes.

    Every method raises Permanent when the library's folder cannot be read.
    """

    def __init__(self, library: Library):
        self._library = library
        self._shelf: Shelf | None = None
        self._working = ThreadPoolExecutor(max_workers=1, thread_name_prefix="knowledge")

    async def search(self, text: str, *, language: str | None = None, limit: int = 5) -> Retrieval:
        shelf = await self.shelf()
        passages = await self.at_work(lambda: shelf.words.search(shelf.words.asked(text, language), limit))
        return Retrieval(passages=passages)

    async def put(self, article: Article, *, if_match: str | None = None, only_new: bool = False) -> Put:
        return await self._library.put(article, if_match=if_match, only_new=only_new)

    async def remove(self, article_id: str, *, if_match: str | None = None) -> bool:
        return await self._library.remove(article_id, if_match=if_match)

    async def get(self, article_id: str) -> KeptArticle | None:
        return await self._library.get(article_id)

    async def list(self, limit: int, cursor: str | None = None) -> ArticlePage:
        after = "" if cursor is None else place_in(cursor, 1)[0]
        rest = [kept.summary for name, kept in (await self._library.known()).items() if name > after]
        more = opaque(rest[limit - 1].id) if len(rest) > limit else None
        return ArticlePage(items=tuple(rest[:limit]), next_cursor=more)

    async def check(self) -> None:
        """The articles are in memory; storage, which they came from, has a check of its own."""
        await self.shelf()

    async def shelf(self) -> Shelf:
        """As the library is now."""
        articles = await self._library.known()
        if self._shelf is None or self._shelf.articles is not articles:
            self._shelf = await self.at_work(partial(_shelf, articles))
        return self._shelf

    async def at_work[T](self, work: Callable[[], T]) -> T:
        """Run in the one thread that may use the index: off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._working, work)

    def close(self) -> None:
        self._working.shutdown()
        if self._shelf is not None:
            self._shelf.words.close()


def _shelf(articles: Articles) -> Shelf:
    served = [_served(kept) for kept in articles.values()]
    return Shelf(articles, {chunk.key: chunk for chunks in served for chunk in chunks}, WordIndex(served))


def _served(kept: KeptArticle) -> tuple[Chunk, ...]:
    withheld = kept.summary.withheld
    if HEAD in withheld:
        return ()
    return tuple(chunk for chunk in chunks_of(kept.article) if chunk.section not in withheld)
