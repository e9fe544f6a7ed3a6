"""The containers of the desk in Cosmos DB, as the service takes them: infra/cosmos.json is written from this table.

Everything is reached by `pk`, and what is in `body` is only ever read whole, so no index is paid for it.
"""

from typing import Any

DESK = "desk"
"""What is projected, published and counted. Items with a `ttl` (seconds) go by themselves, all others stay."""
AUDIT = "audit"
"""The audit trail, by itself: there the app's identity may add and read, and nothing else."""


_INDEXED: dict[str, Any] = {
    "indexingMode": "consistent",
    "automatic": True,
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": "/body/*"}, {"path": '/"_etag"/?'}],
}


def _container(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "partitionKey": {"paths": ["/pk"], "kind": "Hash", "version": 2},
        "indexingPolicy": _INDEXED,
        **more,
    }


_MEANING = "/meaning"
_TEXTS = {"defaultLanguage": "en-US", "fullTextPaths": [{"path": "/body/similar/ticket/subject"}]}
_MEANINGS = {
    "vectorEmbeddings": [
        {"path": _MEANING, "dataType": "float32", "dimensions": 1536, "distanceFunction": "cosine"},
    ]
}
_INDEXED_BY_MEANING = _INDEXED | {
    "excludedPaths": [*_INDEXED["excludedPaths"], {"path": f"{_MEANING}/*"}],
    "vectorIndexes": [{"path": _MEANING, "type": "diskANN"}],
}
"""A container's vectors can be declared only when it is made, so they are, with their index, which costs nothing for an
item that has none: similar tickets are found by their stems. A full-text index would cost at each write, and can be
added to a container that is there."""

CONTAINERS: tuple[dict[str, Any], ...] = (
    _container(
        DESK,
        defaultTtl=-1,
        indexingPolicy=_INDEXED_BY_MEANING,
        fullTextPolicy=_TEXTS,
        vectorEmbeddingPolicy=_MEANINGS,
    ),
    _container(AUDIT),
)
