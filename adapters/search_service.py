"""An index of passages in Azure AI Search: what it keeps can be made anew at any time."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from adapters.stems import LANGUAGES
from shared.chunks import Chunk
from shared.errors import DeskError, Permanent, Unavailable
from shared.loading import loaded

NAME = "knowledge"
SEMANTIC = "helpdesk"
_VECTOR = "vector"
_CONNECT_TIMEOUT_S = 3
_READ_TIMEOUT_S = 10
_DEADLINE_S = 30.0
_AT_ONCE = 200
_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


class Hit(NamedTuple):
    """A key of a passage; `similarity` is the cosine of its vector and the question's, where both have one."""

    key: str
    score: float
    similarity: float


class SearchService:
    """The index through the SDK, with the ambient Entra identity unless another credential is given.

    `dimensions` is how long the vectors are, None where there are none. `transport` goes to the SDK's pipeline.
    """

    def __init__(
        self,
        endpoint: str,
        index: str,
        *,
        dimensions: int | None = None,
        semantic: bool = False,
        credential: Any = None,
        **transport: Any,
    ):
        self._endpoint = endpoint
        self._index = index
        self._dimensions = dimensions
        self._semantic = semantic
        self._credential = credential
        self._transport = transport
        self._documents: Any = None

    async def prepare(self) -> None:
        """Make the index, or bring its definition up to date. Raises Unavailable, Permanent."""
        from azure.search.documents.indexes.aio import SearchIndexClient

        async with self._opened():
            indexes = SearchIndexClient(self._endpoint, self._credential, **self._options())
            try:
                await indexes.create_or_update_index(_definition(self._index, self._dimensions))
            finally:
                await indexes.close()

    async def marks(self) -> dict[str, str]:
        """The mark of every passage that the index holds, by key; makes the index where there is none."""
        from azure.core.exceptions import ResourceNotFoundError

        try:
            async with self._opened() as documents:
                found = await documents.search("*", select=["key", "mark"], order_by=["key asc"])
                return {hit["key"]: hit["mark"] async for hit in found}
        except Permanent as error:
            if not isinstance(error.__cause__, ResourceNotFoundError):
                raise
        await self.prepare()
        return {}

    async def upload(self, chunks: Sequence[Chunk], marks: Mapping[str, str], vectors: Sequence[list[float]]) -> None:
        """Add or replace passages, each with its mark; `vectors` is one for each, or empty."""
        rows = [_document(chunk, marks[chunk.key]) for chunk in chunks]
        for row, vector in zip(rows, vectors, strict=False):
            row[_VECTOR] = vector
        async with self._opened() as documents:
            for start in range(0, len(rows), _AT_ONCE):
                _all_taken(await documents.upload_documents(rows[start : start + _AT_ONCE]))

    async def delete(self, keys: Iterable[str]) -> None:
        rows = [{"key": key} for key in keys]
        async with self._opened() as documents:
            for start in range(0, len(rows), _AT_ONCE):
                _all_taken(await documents.delete_documents(rows[start : start + _AT_ONCE]))

    async def find(self, words: Sequence[str], vector: list[float] | None, text: str, limit: int) -> list[Hit]:
        """Best first: by words, and by meaning where there is a vector; `text` is for the semantic ranker."""
        from azure.search.documents.models import VectorizedQuery

        # In the simple syntax a word in quotes is no operator, whatever it is.
        options: dict[str, Any] = {"search_text": " ".join(f'"{word}"' for word in words) or None}
        if vector is not None:
            near = VectorizedQuery(vector=vector, k_nearest_neighbors=limit, fields=_VECTOR)
            options |= {"vector_queries": [near], "debug": "vector"}
        if self._semantic:
            options |= {
                "query_type": "semantic",
                "semantic_configuration_name": SEMANTIC,
                "semantic_query": text[:2_000],
            }
        async with self._opened() as documents:
            found = await documents.search(**options, search_mode="any", select=["key"], top=limit)
            return [_hit(hit) async for hit in found]

    async def check(self) -> None:
        """Raise Unavailable unless the index answers, also where it refuses us."""
        try:
            async with self._opened() as documents:
                await documents.get_document_count()
        except Unavailable:
            raise
        except DeskError as error:
            raise Unavailable(NAME, str(error)) from error

    async def close(self) -> None:
        for closable in (self._documents, self._credential):
            if closable is not None and hasattr(closable, "close"):
                await closable.close()
        self._documents = None

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[Any]:
        await loaded("azure.search.documents.aio")
        from azure.core.exceptions import AzureError

        if self._documents is None:
            self._documents = self._open()
        try:
            async with asyncio.timeout(_DEADLINE_S):
                yield self._documents
        except AzureError as error:
            raise _told_apart(error) from error
        except OSError as error:
            raise Unavailable(NAME, str(error) or type(error).__name__) from error

    def _open(self) -> Any:
        from azure.search.documents.aio import SearchClient

        if self._credential is None:
            from azure.identity.aio import DefaultAzureCredential

            self._credential = DefaultAzureCredential()
        return SearchClient(self._endpoint, self._index, self._credential, **self._options())

    def _options(self) -> dict[str, Any]:
        timeouts = {"connection_timeout": _CONNECT_TIMEOUT_S, "read_timeout": _READ_TIMEOUT_S, "retry_total": 1}
        return timeouts | self._transport


def _definition(name: str, dimensions: int | None) -> Any:
    """The text once for every language it may be in, each with the analyser that knows its endings and compounds."""
    from azure.search.documents.indexes.models import (
        HnswAlgorithmConfiguration,
        SearchableField,  # pyright: ignore[reportUnknownVariableType]
        SearchField,
        SearchFieldDataType,
        SearchIndex,
        SemanticConfiguration,
        SemanticField,
        SemanticPrioritizedFields,
        SemanticSearch,
        SimpleField,  # pyright: ignore[reportUnknownVariableType]
        VectorSearch,
        VectorSearchProfile,
    )

    kinds: Any = SearchFieldDataType
    string, strings = kinds.STRING, kinds.Collection(kinds.STRING)
    folded = "standardasciifolding.lucene"
    fields: list[Any] = [
        SimpleField(name="key", type=string, key=True, sortable=True),
        SimpleField(name="mark", type=string),
        SimpleField(name="article_id", type=string, filterable=True),
        SimpleField(name="language", type=string, filterable=True),
        SearchableField(name="title", type=string, analyzer_name=folded),
        SearchableField(name="keywords", type=strings, collection=True, analyzer_name=folded),
        SearchableField(name="section", type=string, analyzer_name=folded),
        SearchableField(name="text", type=string, analyzer_name=folded),
        *(SearchableField(name=f"text_{code}", type=string, analyzer_name=f"{code}.microsoft") for code in LANGUAGES),
    ]
    vectors = None
    if dimensions is not None:
        numbers = kinds.Collection(kinds.SINGLE)
        near: dict[str, Any] = {"vector_search_dimensions": dimensions, "vector_search_profile_name": "near"}
        fields.append(SearchField(name=_VECTOR, type=numbers, searchable=True, hidden=True, **near))
        vectors = VectorSearch(
            algorithms=[HnswAlgorithmConfiguration(name="hnsw")],
            profiles=[VectorSearchProfile(name="near", algorithm_configuration_name="hnsw")],
        )
    first = SemanticPrioritizedFields(
        title_field=SemanticField(field_name="title"),
        content_fields=[SemanticField(field_name="section"), SemanticField(field_name="text")],
        keywords_fields=[SemanticField(field_name="keywords")],
    )
    semantic = SemanticSearch(configurations=[SemanticConfiguration(name=SEMANTIC, prioritized_fields=first)])
    return SearchIndex(name=name, fields=fields, vector_search=vectors, semantic_search=semantic)


def _document(chunk: Chunk, mark: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "key": chunk.key,
        "mark": mark,
        "article_id": chunk.article_id,
        "language": chunk.language,
        "title": chunk.title,
        "keywords": list(chunk.keywords),
        "section": chunk.section,
        "text": chunk.text,
    }
    if chunk.language in LANGUAGES:
        row[f"text_{chunk.language}"] = chunk.wording
    return row


def _hit(found: Mapping[str, Any]) -> Hit:
    subscores = getattr(getattr(found.get("@search.document_debug_info"), "vectors", None), "subscores", None)
    near = [field for fields in getattr(subscores, "vectors", None) or () for field in fields.values()]
    similarity = max((field.vector_similarity or 0.0 for field in near), default=0.0)
    return Hit(found["key"], found.get("@search.reranker_score") or found["@search.score"], similarity)


def _all_taken(results: Sequence[Any]) -> None:
    """The service answers 207 where it took some: what it did not take is found missing by the next comparison."""
    refused = [result for result in results if not result.succeeded]
    if refused:
        raise Unavailable(NAME, f"{len(refused)} passages were not taken: {refused[0].error_message}")


def _told_apart(error: Any) -> DeskError:
    """What the service refuses for good is permanent: another try of the same would be refused too."""
    status = getattr(error, "status_code", None)
    words = str(error).partition("\n")[0]
    if status is not None and status not in _TRY_AGAIN:
        return Permanent(f"the search service refused: {status} {words}")
    return Unavailable(NAME, words)
