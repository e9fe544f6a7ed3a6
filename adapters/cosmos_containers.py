"""The containers of the desk in Cosmos DB, as the service takes them: infra/cosmos.json is written from this table.

Everything is reached by `pk`, and what is in `body` is only ever read whole, so no index is paid for it.
"""

from typing import Any

DESK = "desk"
"""What is projected, published and counted. Items with a `ttl` (seconds) go by themselves, all others stay."""
AUDIT = "audit"
"""The audit trail, by itself: there the app's identity may add and read, and nothing else."""


def _container(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "partitionKey": {"paths": ["/pk"], "kind": "Hash", "version": 2},
        "indexingPolicy": {
            "indexingMode": "consistent",
            "automatic": True,
            "includedPaths": [{"path": "/*"}],
            "excludedPaths": [{"path": "/body/*"}, {"path": '/"_etag"/?'}],
        },
        **more,
    }


_TEXTS = {"defaultLanguage": "en-US", "fullTextPaths": [{"path": "/body/similar/ticket/subject"}]}
_MEANINGS = {
    "vectorEmbeddings": [
        {"path": "/meaning", "dataType": "float32", "dimensions": 1536, "distanceFunction": "cosine"},
    ]
}
"""A container's vectors can be declared only when it is made. Without an index of them, which can be added to one that
is there, neither policy costs anything: similar tickets are found by their stems."""

CONTAINERS: tuple[dict[str, Any], ...] = (
    _container(DESK, defaultTtl=-1, fullTextPolicy=_TEXTS, vectorEmbeddingPolicy=_MEANINGS),
    _container(AUDIT),
)
