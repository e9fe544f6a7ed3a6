"""Items as Cosmos DB keeps them, in an SQLite in memory: ids, ETags, times to live, batches, partitions."""

import json
import sqlite3
import time
import uuid
import zlib
from collections.abc import Mapping
from typing import Any

from tests.contract.cosmos_sql import Query

RANGES = (("0", "", "7F"), ("1", "7F", "FF"))
"""Physical partitions: name, and where each begins and ends. By `pk`, though not by the service's hash."""


class Refused(Exception):
    def __init__(self, status: int, sub_status: int = 0, message: str = ""):
        super().__init__(message)
        self.status, self.sub_status = status, sub_status


class KeptItems:
    """The items of all containers."""

    def __init__(self) -> None:
        self.containers: dict[str, dict[str, Any]] = {}
        self._rows = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._rows.execute(
            "CREATE TABLE items (container TEXT, pk TEXT, id TEXT, range TEXT, etag TEXT, gone_at REAL, body TEXT,"
            " PRIMARY KEY (container, pk, id))"
        )

    def make(self, path: str, definition: Mapping[str, Any]) -> None:
        self.containers[path] = {**definition, "_rid": uuid.uuid4().hex[:8], "_self": path, "_etag": '"c"'}

    def dump(self) -> str:
        """Everything that is kept, as text."""
        return "\n".join(row[0] for row in self._rows.execute("SELECT body FROM items"))

    def tamper(self, sql: str) -> None:
        """What somebody with rights to write could do behind the desk's back: `items` is (container, pk, id, body)."""
        self._rows.execute(sql)

    def found(self, container: str, pk: str, identity: str) -> dict[str, Any]:
        sql = "SELECT body FROM items WHERE container = ? AND pk = ? AND id = ? AND (gone_at IS NULL OR gone_at > ?)"
        row = self._rows.execute(sql, (container, pk, identity, time.time())).fetchone()
        if row is None:
            raise Refused(404, 0, "Entity with the specified id does not exist in the system.")
        return json.loads(row[0])

    def put(
        self, container: str, pk: str, body: dict[str, Any], wanted: str | None, *, must_exist: bool | None
    ) -> dict[str, Any]:
        if body.get("pk") != pk:
            raise Refused(400, 1001, "PartitionKey extracted from document doesn't match the one specified")
        if not body.get("id") or any(letter in body["id"] for letter in "/\\?#") or len(body["id"]) > 255:
            raise Refused(400, 0, "the id is not one")
        try:
            before = self.found(container, pk, body["id"])
        except Refused:
            if must_exist:
                raise
            before = None
        if before is not None and must_exist is False:
            raise Refused(409, 0, "Entity with the specified id already exists in the system.")
        if before is not None and wanted not in (None, "*", before["_etag"]):
            raise Refused(412, 0, "One of the specified pre-condition is not met")
        etag = f'"{uuid.uuid4()}"'
        kept = body | {"_etag": etag, "_ts": int(time.time()), "_rid": body["id"]}
        ttl = body.get("ttl") if self.containers[container].get("defaultTtl") is not None else None
        gone_at = time.time() + ttl if ttl and ttl > 0 else None
        place = RANGES[zlib.crc32(pk.encode()) % len(RANGES)][0]
        values = (container, pk, body["id"], place, etag, gone_at, json.dumps(kept))
        self._rows.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return kept

    def remove(self, container: str, pk: str, identity: str, wanted: str | None) -> None:
        if wanted not in (None, "*", self.found(container, pk, identity)["_etag"]):
            raise Refused(412)
        values = (container, pk, identity)
        self._rows.execute("DELETE FROM items WHERE container = ? AND pk = ? AND id = ?", values)

    def batch(self, container: str, pk: str, operations: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
        """What is answered to each operation, and whether all were carried out."""
        results: list[dict[str, Any]] = []
        self._rows.execute("BEGIN")
        try:
            results.extend(self._operation(container, pk, operation) for operation in operations)
        except Refused as refused:
            self._rows.execute("ROLLBACK")
            failed = {"statusCode": refused.status, "subStatusCode": refused.sub_status}
            rest = len(operations) - len(results) - 1
            return [*({"statusCode": 424} for _ in results), failed, *({"statusCode": 424} for _ in range(rest))], False
        self._rows.execute("COMMIT")
        return results, True

    def _operation(self, container: str, pk: str, operation: dict[str, Any]) -> dict[str, Any]:
        wanted, body = operation.get("ifMatch"), operation.get("resourceBody")
        match operation["operationType"]:
            case "Create":
                kept = self.put(container, pk, body or {}, None, must_exist=False)
            case "Upsert":
                kept = self.put(container, pk, body or {}, wanted, must_exist=None)
            case "Replace":
                kept = self.put(container, pk, body or {}, wanted, must_exist=True)
            case "Delete":
                self.remove(container, pk, operation["id"], wanted)
                return {"statusCode": 204}
            case "Patch":
                before = self.found(container, pk, operation["id"])
                kept = self.put(container, pk, _patched(before, body or {}), wanted, must_exist=True)
            case other:
                raise Refused(400, 0, f"no {other} here")
        return {"statusCode": 200, "eTag": kept["_etag"], "resourceBody": kept}

    def matching(self, container: str, query: Query, values: dict[str, Any], within: tuple[str, str]) -> list[Any]:
        """`within` is `pk` or `range` with its value. Values that the query asks for, items otherwise, or the count."""
        most = values.pop(query.most[1:]) if query.most else -1
        order = f" ORDER BY json_extract(body, '{query.by}') {'DESC' if query.down else 'ASC'}" if query.by else ""
        sql = (
            f"SELECT body FROM items WHERE container = :_in AND {within[0]} = :_key AND ({query.where})"
            f" AND (gone_at IS NULL OR gone_at > :_now){order} LIMIT :_most"
        )
        bound = values | {"_in": container, "_key": within[1], "_now": time.time(), "_most": most}
        rows = [json.loads(row[0]) for row in self._rows.execute(sql, bound)]
        if query.counts:
            return [len(rows)]
        return [row for row in rows if query.value is None or at(row, query.value) is not None]


def _patched(before: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    after = dict(before)
    for change in body["operations"]:
        if change["op"] != "incr":
            raise Refused(400, 0, f"no {change['op']} here")
        after[change["path"][1:]] += change["value"]
    return after


def at(row: Any, path: str) -> Any:
    for name in path.split(".")[1:]:
        row = row.get(name) if isinstance(row, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return row  # pyright: ignore[reportUnknownVariableType]
