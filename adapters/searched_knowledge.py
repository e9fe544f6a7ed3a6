"""The knowledge base searched by Azure AI Search, and by this process while that is down."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence

from adapters.embeddings import NAME as EMBEDDINGS
from adapters.embeddings import Embeddings
from adapters.knowledge import EmbeddedKnowledge, Shelf
from adapters.search_service import NAME, Hit, SearchService
from adapters.word_index import SAME_LANGUAGE, passage_of
from adapters.words import search_terms
from shared.articles import Article
from shared.budget import Ledger, Payer, paid_by
from shared.chunks import Chunk
from shared.correlation import following, trail
from shared.errors import DeskError
from shared.guard import Guard
from shared.knowledge import ArticlePage, KeptArticle, Knowledge, Put, Retrieval
from shared.settings import Settings
from shared.thinking import Passage

_PATIENCE_S = 5.0
"""A search waits no longer for an index that is being filled: what it holds already is found."""
_DEADLINE_S = 10.0
"""What a search may take in all before this process answers in the service's place."""
_LEFT_ALONE_S = 15.0
"""How long a service that failed is not asked again: a ticket must not pay for each look at it."""
_COMPARED_AGAIN_S = 300.0
"""Another instance that knew less may have deleted what this one uploaded: so the index is compared now and then."""
_QUERY_TERMS = 40
_CANDIDATES = 4

type Vector = list[float]

log = logging.getLogger("helpdesk.knowledge")


def over_search_service(embedded: EmbeddedKnowledge, settings: Settings, guard: Guard, ledger: Ledger) -> Knowledge:
    assert settings.azure_search_endpoint is not None
    embeddings = Embeddings(settings, guard, ledger) if settings.embedding_model else None
    service = SearchService(
        settings.azure_search_endpoint,
        settings.azure_search_index,
        dimensions=embeddings.dimensions if embeddings else None,
        semantic=settings.azure_search_semantic,
    )
    return SearchedKnowledge(embedded, service, embeddings, settings.embedding_floor)


class SearchedKnowledge:
    """Implements the Knowledge port. The library stays the truth: the index tells keys, never what a passage says.

    An index that lags or was tampered with can so leave out a passage, but not make one up.
    """

    def __init__(
        self,
        embedded: EmbeddedKnowledge,
        service: SearchService,
        embeddings: Embeddings | None = None,
        floor: float = 0.45,
    ):
        self._embedded = embedded
        self._service = service
        self._embeddings = embeddings
        self._floor = floor
        self._in_step: Shelf | None = None
        self._stepping: asyncio.Task[None] | None = None
        self._compared_at = 0.0
        self._left_alone_until = 0.0

    async def search(self, text: str, *, language: str | None = None, limit: int = 5) -> Retrieval:
        """While the service is down the embedded index answers, and `degraded` names "knowledge"."""
        if time.monotonic() >= self._left_alone_until:
            try:
                async with asyncio.timeout(_DEADLINE_S):
                    return await self._search(text, language, limit)
            except (DeskError, TimeoutError) as error:
                self._left_alone_until = time.monotonic() + _LEFT_ALONE_S
                log.warning(
                    "the search service is left alone for %.0f s: %s", _LEFT_ALONE_S, str(error) or "it is slow"
                )
        found = await self._embedded.search(text, language=language, limit=limit)
        return found.model_copy(update={"degraded": (NAME,)})

    async def put(self, article: Article, *, if_match: str | None = None, only_new: bool = False) -> Put:
        return await self._embedded.put(article, if_match=if_match, only_new=only_new)

    async def remove(self, article_id: str, *, if_match: str | None = None) -> bool:
        return await self._embedded.remove(article_id, if_match=if_match)

    async def get(self, article_id: str) -> KeptArticle | None:
        return await self._embedded.get(article_id)

    async def list(self, limit: int, cursor: str | None = None) -> ArticlePage:
        return await self._embedded.list(limit, cursor)

    async def check(self) -> None:
        await self._embedded.check()
        await self._service.check()

    async def load(self) -> tuple[int, int]:
        """Bring the index's definition and content up to date; how many passages were uploaded and deleted.

        Only passages whose mark has changed are embedded and uploaded.
        """
        await self._service.prepare()
        return await self._step(await self._embedded.shelf())

    async def close(self) -> None:
        if self._stepping is not None:
            self._stepping.cancel()
        if self._embeddings is not None:
            await self._embeddings.close()
        await self._service.close()
        self._embedded.close()

    async def _search(self, text: str, language: str | None, limit: int) -> Retrieval:
        shelf = await self._embedded.shelf()
        words = search_terms(text, _QUERY_TERMS)
        if not words or limit < 1:
            return Retrieval()
        await self._keep_in_step(shelf)
        vector, degraded = await self._vector(text)
        hits = await self._service.find(words, vector, text, _CANDIDATES * limit)
        passages = await self._embedded.at_work(lambda: self._judged(hits, shelf, text, language))
        return Retrieval(passages=passages[:limit], degraded=degraded)

    def _judged(self, hits: Sequence[Hit], shelf: Shelf, text: str, language: str | None) -> tuple[Passage, ...]:
        """The service ranks, and always finds something: what fits neither by words nor by meaning is no answer."""
        asked = shelf.words.asked(text, language)
        found = [(shelf.chunks[hit.key], hit) for hit in hits if hit.key in shelf.chunks]
        fitting = [
            passage_of(chunk, hit.score * (SAME_LANGUAGE if chunk.language == asked.language else 1.0))
            for chunk, hit in found
            if hit.similarity >= self._floor or shelf.words.fits(chunk.article_id, asked)
        ]
        return tuple(sorted(fitting, key=lambda passage: -passage.score))

    async def _vector(self, text: str) -> tuple[Vector | None, tuple[str, ...]]:
        """Without the embedding model the words are still there."""
        if self._embeddings is None:
            return None, ()
        try:
            return (await self._embeddings.of([text[:8_000]]))[0], ()
        except DeskError as error:
            log.warning("searching by words alone: %s", error)
            return None, (EMBEDDINGS,)

    async def _keep_in_step(self, shelf: Shelf) -> None:
        """See that the index holds what the shelf does. Of searches at once one compares and the others wait."""
        is_same = self._in_step is not None and self._in_step.articles is shelf.articles
        if is_same and time.monotonic() - self._compared_at < _COMPARED_AGAIN_S:
            return
        if self._stepping is None or self._stepping.done():
            self._stepping = asyncio.create_task(self._follow(shelf))
        done, _ = await asyncio.wait({self._stepping}, timeout=_PATIENCE_S)
        for task in done:
            task.result()

    async def _follow(self, shelf: Shelf) -> None:
        uploaded, deleted = await self._step(shelf)
        log.info("the search index is in step: %d passages uploaded, %d deleted", uploaded, deleted)

    async def _step(self, shelf: Shelf) -> tuple[int, int]:
        there = await self._service.marks()
        wanted = {key: self._mark(chunk) for key, chunk in shelf.chunks.items()}
        new = [shelf.chunks[key] for key, mark in wanted.items() if there.get(key) != mark]
        gone = there.keys() - wanted.keys()
        await self._upload(new, wanted)
        if gone:
            await self._service.delete(sorted(gone))
        self._in_step, self._compared_at = shelf, time.monotonic()
        return len(new), len(gone)

    async def _upload(self, new: Sequence[Chunk], marks: Mapping[str, str]) -> None:
        """In parts, so that a filling which is cut off goes on where it was. On the desk's account, whoever asked."""
        with paid_by(Payer()), following(trail().correlation_id, lane="batch"):
            for start in range(0, len(new), 64):
                part = new[start : start + 64]
                vectors = await self._embeddings.of([chunk.wording for chunk in part]) if self._embeddings else []
                await self._service.upload(part, marks, vectors)

    def _mark(self, chunk: Chunk) -> str:
        return f"{chunk.digest}/{self._embeddings.model}" if self._embeddings else chunk.digest
