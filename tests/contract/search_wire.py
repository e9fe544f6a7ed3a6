"""A search service on loopback that speaks the REST calls the SDK of Azure AI Search makes. It is not Azure: its
ranking is plain (words by rarity, vectors by cosine, fused by rank), it has no analysers and no semantic ranker."""

import asyncio
import math
import re
import ssl
import time
import unicodedata
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from azure.core.credentials import AccessToken

from tests.certificates import certificate

TOKEN = "a-token-of-nobody"
WORD = re.compile(r"[^\W_]+")


class Credential:
    """Gives a token, as Entra would."""

    def __init__(self, token: str = TOKEN):
        self._token = token

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        assert scopes == ("https://search.azure.com/.default",)
        return AccessToken(self._token, int(time.time()) + 3600)

    async def close(self) -> None: ...


@dataclass
class SearchWire:
    """`indexes` are definitions by name, `rows` documents by key; `uploaded` and `deleted` count what came.

    `status` makes every answer that error, `refused` keys are not taken.
    """

    endpoint: str = ""
    certificate: str = ""
    indexes: dict[str, Any] = field(default_factory=dict[str, Any])
    rows: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    uploaded: int = 0
    deleted: int = 0
    calls: int = 0
    status: int = 200
    delay_s: float = 0.0
    refused: set[str] = field(default_factory=set[str])
    page: int = 1000

    async def answer(self, request: web.Request) -> web.Response:
        self.calls += 1
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _fault(403, "no right to it")
        await asyncio.sleep(self.delay_s)
        if self.status != 200:
            return _fault(self.status, "as told")
        path, name = request.path, request.path.split("'")[1]
        if path.endswith("')"):
            self.indexes[name] = await request.json()
            return web.json_response(self.indexes[name], status=201)
        if name not in self.indexes:
            return _fault(404, f"no index {name}")
        if path.endswith("$count"):
            return web.Response(text=str(len(self.rows)), content_type="text/plain")
        body = await request.json()
        return self._index(body) if path.endswith("index") else self._search(body)

    def _index(self, body: Any) -> web.Response:
        results: list[dict[str, Any]] = []
        for given in body["value"]:
            action, key = given.pop("@search.action"), given["key"]
            taken = key not in self.refused
            results.append({"key": key, "status": taken, "statusCode": 200 if taken else 503, "errorMessage": "busy"})
            if taken and action == "delete":
                self.deleted += self.rows.pop(key, None) is not None
            elif taken:
                self.uploaded += 1
                self.rows[key] = given
        return web.json_response({"value": results}, status=200 if not self.refused else 207)

    def _search(self, body: Any) -> web.Response:
        wanted: str = body.get("search") or ""
        if wanted == "*":
            skip = body.get("skip", 0)
            keys = sorted(self.rows)[skip : skip + self.page]
            page: dict[str, Any] = {"value": [_found(self.rows[key], body, 1.0) for key in keys]}
            if skip + self.page < len(self.rows):
                page["@search.nextPageParameters"] = body | {"skip": skip + self.page}
                page["@odata.nextLink"] = f"{self.endpoint}/next"
            return web.json_response(page)
        by_words = self._by_words(_plain(wanted))
        near = self._near(body["vectorQueries"][0]) if body.get("vectorQueries") else {}
        scores = by_words
        if near:
            ranks = [sorted(found, key=lambda key: -found[key]) for found in (by_words, near)]
            scores = {
                key: sum(1 / (60 + rank.index(key)) for rank in ranks if key in rank) for key in {*by_words, *near}
            }
        best = sorted(scores, key=lambda key: -scores[key])[: body["top"]]
        value = [_found(self.rows[key], body, scores[key], near.get(key)) for key in best]
        return web.json_response({"value": value})

    def _by_words(self, words: set[str]) -> dict[str, float]:
        held = {
            key: [_words(row, "title", "keywords"), _words(row, "text", "section")] for key, row in self.rows.items()
        }
        holding = {word: sum(word in head | text for head, text in held.values()) for word in words}
        weights = {word: math.log(1 + len(held) / count) for word, count in holding.items() if count}
        scores = {
            key: sum(weight * (4 * (word in head) + (word in text)) for word, weight in weights.items())
            for key, (head, text) in held.items()
        }
        return {key: score for key, score in scores.items() if score}

    def _near(self, query: Any) -> dict[str, float]:
        similar = {key: _cosine(query["vector"], row["vector"]) for key, row in self.rows.items() if "vector" in row}
        return dict(sorted(similar.items(), key=lambda pair: -pair[1])[: query["k"]])


def _words(row: dict[str, Any], *fields: str) -> set[str]:
    text = " ".join(" ".join(row[name]) if isinstance(row[name], list) else row[name] for name in fields)
    return {form for word in _plain(text) for form in (word, f"{word}s")}


def _plain(text: str) -> set[str]:
    folded = unicodedata.normalize("NFD", text.lower())
    return set(WORD.findall("".join(part for part in folded if not unicodedata.combining(part))))


def _found(row: dict[str, Any], body: Any, score: float, similarity: float | None = None) -> dict[str, Any]:
    found = {name: row[name] for name in body["select"].split(",")} | {"@search.score": score}
    if similarity is not None and body.get("debug") == "vector":
        near = {"vector": {"searchScore": score, "vectorSimilarity": similarity}}
        found["@search.documentDebugInfo"] = {"vectors": {"subscores": {"vectors": [near]}}}
    return found


def _cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / ((math.hypot(*one) * math.hypot(*other)) or 1.0)


def _fault(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"code": "Fault", "message": message}}, status=status)


@asynccontextmanager
async def search_service(folder: Path) -> AsyncGenerator[SearchWire]:
    """Over TLS with a certificate of its own: the SDK sends no token in the clear."""
    wire = SearchWire()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", wire.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    own = certificate(folder)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(own)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=serving)
    await site.start()
    wire.endpoint = f"https://127.0.0.1:{runner.addresses[0][1]}"
    wire.certificate = str(own)
    try:
        yield wire
    finally:
        await runner.cleanup()
