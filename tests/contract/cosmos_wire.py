"""The REST wire of Cosmos DB for NoSQL, so much of it as its SDK speaks for the desk, over an SQLite in memory.

It is not Azure: it knows no request units, no index and no regions, and its queries are those of `cosmos_sql`. What it
does know it keeps to the letter: ids that exist (409), ETags (412), what is not there (404), transactional batches,
times to live, two physical partitions whose answers the SDK must merge, and faults on command.
"""

import asyncio
import base64
import json
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from tests.contract.cosmos_items import RANGES, KeptItems, Refused, at
from tests.contract.cosmos_sql import NotUnderstood, Query, understood

ACCOUNT_KEY = base64.b64encode(b"any will do here").decode()
_MERGED = "MERGED "
"""Stands before a query that the query plan has rewritten for one physical partition."""
_PAGE = 100
_PARTITION = "x-ms-documentdb-partitionkey"


class CosmosWire:
    """`fail_next` answers the next requests for documents with a fault; `requests` counts all."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[str] = []
        self._faults: list[tuple[int, Mapping[str, str]]] = []
        self.items = KeptItems()

    def make(self, database: str, definitions: Sequence[Mapping[str, Any]]) -> None:
        """Containers as infra/cosmos.json describes them."""
        for definition in definitions:
            self.items.make(f"dbs/{database}/colls/{definition['id']}", definition)

    def fail_next(self, status: int, times: int = 1, **headers: str) -> None:
        self._faults += [(status, {name.replace("_", "-"): value for name, value in headers.items()})] * times

    def calm(self) -> None:
        """No faults any more."""
        self._faults.clear()

    @property
    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._answering])
        container, end = "/{container:dbs/[^/]+/colls/[^/]+}", "{_:/?}"
        app.router.add_get("/", self._account)
        app.router.add_get(container + end, self._container)
        app.router.add_get(f"{container}/pkranges{end}", self._pkranges)
        app.router.add_post(f"{container}/docs{end}", self._posted)
        one = f"{container}/docs/{{id:[^/]+}}{end}"
        app.router.add_get(one, self._read)
        app.router.add_put(one, self._replace)
        app.router.add_delete(one, self._delete)
        return app

    @web.middleware
    async def _answering(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        try:
            if "/docs" in request.path and self._faults:
                status, headers = self._faults.pop(0)
                return web.json_response({"code": str(status), "message": "as told"}, status=status, headers=headers)
            container = request.match_info.get("container")
            if container is not None and container not in self.items.containers:
                raise Refused(404, 1003, "Owner resource does not exist")
            return await handler(request)
        except Refused as refused:
            headers = {"x-ms-substatus": str(refused.sub_status)}
            body = {"code": str(refused.status), "message": str(refused)}
            return web.json_response(body, status=refused.status, headers=headers)

    async def _account(self, _: web.Request) -> web.Response:
        here = [{"name": "here", "databaseAccountEndpoint": self.url}]
        return web.json_response({
            "id": "local", "_rid": "local", "writableLocations": here, "readableLocations": here,
            "enableMultipleWriteLocations": False, "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"},
        })  # fmt: skip

    async def _container(self, request: web.Request) -> web.Response:
        return web.json_response(self.items.containers[request.match_info["container"]])

    async def _pkranges(self, request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == '"r"':
            return web.Response(status=304, headers={"etag": '"r"'})
        ranges: list[dict[str, Any]] = [
            {"id": name, "_rid": name, "minInclusive": least, "maxExclusive": most, "parents": []}
            for name, least, most in RANGES
        ]
        return web.json_response({"PartitionKeyRanges": ranges, "_count": len(ranges)}, headers={"etag": '"r"'})

    async def _posted(self, request: web.Request) -> web.Response:
        body = await request.json()
        container, headers = request.match_info["container"], request.headers
        if "x-ms-cosmos-is-query-plan-request" in headers:
            return web.json_response(_plan(body["query"], _parameters(body)))
        if "x-ms-documentdb-isquery" in headers:
            return self._queried(container, body, headers)
        if "x-ms-cosmos-is-batch-request" in headers:
            told, is_done = self.items.batch(container, _key(headers), body)
            return web.json_response(told, status=200 if is_done else 207)
        if "x-ms-documentdb-is-upsert" in headers:
            return _item(self.items.put(container, _key(headers), body, None, must_exist=None))
        return _item(self.items.put(container, _key(headers), body, None, must_exist=False), 201)

    async def _read(self, request: web.Request) -> web.Response:
        return _item(self.items.found(request.match_info["container"], _key(request.headers), request.match_info["id"]))

    async def _replace(self, request: web.Request) -> web.Response:
        wanted = request.headers.get("If-Match")
        body, container = await request.json(), request.match_info["container"]
        return _item(self.items.put(container, _key(request.headers), body, wanted, must_exist=True))

    async def _delete(self, request: web.Request) -> web.Response:
        where = request.match_info["container"], _key(request.headers), request.match_info["id"]
        self.items.remove(*where, request.headers.get("If-Match"))
        return web.Response(status=204)

    def _queried(self, container: str, body: dict[str, Any], headers: Mapping[str, str]) -> web.Response:
        text = body["query"]
        try:
            query = understood(text.removeprefix(_MERGED))
        except NotUnderstood as error:
            raise Refused(400, 0, f"Syntax error: {error}") from error
        place = headers.get("x-ms-documentdb-partitionkeyrangeid")
        if _PARTITION not in headers and place is None:
            raise Refused(400, 1004, "Cross partition query is required but the gateway cannot serve it")
        within = ("pk", _key(headers)) if _PARTITION in headers else ("range", place or "")
        rows = self.items.matching(container, query, _parameters(body), within)
        begin = int(headers.get("x-ms-continuation") or 0)
        shown = rows[begin : begin + _PAGE]
        more = {"x-ms-continuation": str(begin + _PAGE)} if len(rows) > begin + _PAGE else {}
        documents = [_shaped(row, query, merged=text.startswith(_MERGED)) for row in shown]
        return web.json_response({"_rid": "x", "Documents": documents, "_count": len(documents)}, headers=more)


def _parameters(body: dict[str, Any]) -> dict[str, Any]:
    given: list[dict[str, Any]] = body.get("parameters") or []
    return {parameter["name"][1:]: parameter["value"] for parameter in given}


def _plan(text: str, values: Mapping[str, Any]) -> dict[str, Any]:
    query = understood(text)
    info: dict[str, Any] = {"rewrittenQuery": _MERGED + text, "hasSelectValue": query.value is not None or query.counts}
    if query.by:
        info |= {"orderBy": ["Descending" if query.down else "Ascending"], "orderByExpressions": [query.by]}
    if query.most:
        info["top"] = values[query.most[1:]]
    if query.counts:
        info["aggregates"] = ["Count"]
    whole = {"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}
    return {"partitionedQueryExecutionInfoVersion": 2, "queryInfo": info, "queryRanges": [whole]}


def _shaped(row: Any, query: Query, *, merged: bool) -> Any:
    if query.counts:
        return [{"item": row}] if merged else row
    shown = at(row, query.value) if query.value else row
    if merged and query.by:
        return {"_rid": row["_rid"], "orderByItems": [{"item": at(row, query.by)}], "payload": shown}
    return shown


def _key(headers: Mapping[str, str]) -> str:
    return json.loads(headers[_PARTITION])[0]


def _item(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"etag": body["_etag"]})


@contextmanager
def cosmos_wire() -> Generator[CosmosWire]:
    """Served from a thread of its own, on a free port."""
    wire, loop, started = CosmosWire(), asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        runner = web.AppRunner(wire.app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        wire.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        started.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait()
    try:
        yield wire
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
