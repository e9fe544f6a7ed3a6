"""How many events of each kind there were, in Cosmos DB: each counts once, however often it comes."""

from adapters.cosmos import Items
from adapters.cosmos import key as key_of
from adapters.cosmos_account import Cosmos
from adapters.cosmos_containers import DESK
from adapters.counters import REMEMBERED_S
from shared.messaging import EventCount

_KIND, _PARTITION = "count", "counts"
_MISSING = 404


class CosmosCounters:
    """Implements the Counters port. One partition: that an event was counted is kept together with the count."""

    def __init__(self, cosmos: Cosmos):
        self._items = Items(cosmos, DESK, "counters")

    async def count(self, key: str, event_type: str, outcome: str) -> bool:
        total = key_of(_KIND, event_type, outcome)
        counted = {"pk": _PARTITION, "id": key_of("counted", key), "kind": "counted", "ttl": REMEMBERED_S}
        one_more = ("patch", (total, [{"op": "incr", "path": "/count", "value": 1}]))
        refused = await self._items.batch(_PARTITION, [("create", (counted,)), one_more])
        if refused == _MISSING:
            begun = {"pk": _PARTITION, "id": total, "kind": _KIND, "type": event_type, "outcome": outcome, "count": 0}
            await self._items.create(begun)
            refused = await self._items.batch(_PARTITION, [("create", (counted,)), one_more])
        return refused is None

    async def counts(self) -> tuple[EventCount, ...]:
        rows = await self._items.query("SELECT * FROM c WHERE c.kind = @kind", _PARTITION, kind=_KIND)
        rows.sort(key=lambda row: (row["type"], row["outcome"]))
        return tuple(EventCount(type=row["type"], outcome=row["outcome"], count=row["count"]) for row in rows)
