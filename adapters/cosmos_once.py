"""Doing a thing once by its key while Redis is gone, in Cosmos DB for all instances."""

import time

from adapters.cosmos import Item, Items
from adapters.cosmos import key as key_of
from adapters.cosmos_account import Cosmos
from adapters.cosmos_containers import DESK
from shared.messaging import Attempt

_KIND = "once"


class CosmosStandby:
    """An item lives as long as it counts; `until` is exact where the service's clean-up takes its time."""

    def __init__(self, cosmos: Cosmos):
        self._items = Items(cosmos, DESK, "once")

    async def begin(self, key: str, held_s: int) -> Attempt:
        told: Attempt = "first"

        def begun(before: Item | None) -> Item | None:
            nonlocal told
            if before is not None and before["until"] > time.time():
                told = "done" if before["done"] else "busy"
                return None
            told = "first"
            return _item(key, done=False, for_s=held_s)

        await self._items.change(*_where(key), begun)
        return told

    async def finish(self, key: str, remembered_s: int) -> None:
        await self._items.change(*_where(key), lambda _: _item(key, done=True, for_s=remembered_s))

    async def release(self, key: str) -> None:
        await self._items.delete(*_where(key))


def _where(key: str) -> tuple[str, str]:
    return key_of(_KIND, key), _KIND


def _item(key: str, *, done: bool, for_s: int) -> Item:
    pk, identity = _where(key)
    return {"pk": pk, "id": identity, "kind": _KIND, "done": done, "until": time.time() + for_s, "ttl": for_s}
