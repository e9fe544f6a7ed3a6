"""Items in Cosmos DB for NoSQL: read, found, and changed so that nobody else's change is lost.

An item has `pk` (its partition), `id` within it, `kind`, what is looked for, and in `body` what it is all about.
"""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from adapters.cosmos_account import Cosmos, told_apart
from shared.errors import Unavailable
from shared.loading import loaded

type Item = dict[str, Any]
type Operation = tuple[str, tuple[Any, ...]] | tuple[str, tuple[Any, ...], dict[str, Any]]

_DEADLINE_S = 30.0
_TRIES = 20
"""How often a change is made anew on what somebody else has written meanwhile."""
_MISSING, _THERE_ALREADY, _CHANGED = 404, 409, 412


def key(*parts: object) -> str:
    """An id or partition that no other parts have, whatever letters are in them: not every letter may be in an id."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:40]


def written(item: Item, before: Item | None) -> Operation:
    """The part of a batch that writes an item which was not there, or is still as it was read."""
    if before is None:
        return "create", (item,)
    return "replace", (item["id"], item), {"if_match_etag": before["_etag"]}


class Items:
    """The items of one container, for the store whose name `dependency` is.

    Every call raises Unavailable where trying again may help, and Permanent where the service refuses.
    """

    def __init__(self, cosmos: Cosmos, container: str, dependency: str):
        self._cosmos = cosmos
        self._container = container
        self._dependency = dependency

    async def read(self, pk: str, identity: str) -> Item | None:
        async with self._opened() as container:
            return await _read(container, pk, identity)

    async def create(self, item: Item) -> bool:
        """False where there is one already."""
        async with self._opened(_THERE_ALREADY) as container:
            await container.create_item(item)
            return True
        return False

    async def delete(self, pk: str, identity: str) -> bool:
        async with self._opened(_MISSING) as container:
            await container.delete_item(identity, partition_key=pk)
            return True
        return False

    async def change(self, pk: str, identity: str, changed: Callable[[Item | None], Item | None]) -> Item | None:
        """Write what `changed` makes of the item as it is (None: not there); gives what was written.

        `changed` gives None to leave it, and is asked again when somebody else was faster, so it must only compute.
        """

        async def attempt() -> tuple[Item | None] | None:
            async with self._opened(_THERE_ALREADY, _CHANGED, _MISSING) as container:
                before = await _read(container, pk, identity)
                after = changed(before)
                if after is not None:
                    await _write(container, after, before)
                return (after,)
            return None

        return (await self.repeat(attempt))[0]

    async def batch(self, pk: str, operations: Sequence[Operation]) -> int | None:
        """All of it or nothing; the status where something is there already (409), changed (412) or missing (404)."""
        async with self._opened() as container:
            from azure.cosmos.exceptions import CosmosBatchOperationError

            try:
                await container.execute_item_batch(list(operations), partition_key=pk)
            except CosmosBatchOperationError as refused:
                if refused.status_code not in (_THERE_ALREADY, _CHANGED, _MISSING):
                    raise
                return refused.status_code
        return None

    async def query(self, sql: str, pk: str | None = None, **values: Any) -> list[Any]:
        """All that is found, in one partition or in all of them."""
        parameters = [{"name": f"@{name}", "value": value} for name, value in values.items()]
        within: dict[str, Any] = {"partition_key": pk} if pk else {}
        async with self._opened() as container:
            return [item async for item in container.query_items(sql, parameters=parameters, **within)]

    async def repeat[T](self, attempt: Callable[[], Awaitable[T | None]]) -> T:
        """What `attempt` gives once it is not None; it is made again while others are faster."""
        for tried in range(_TRIES):
            if (made := await attempt()) is not None:
                return made
            await asyncio.sleep(random.uniform(0, min(0.2, 0.005 * 2**tried)))
        raise Unavailable(self._dependency, "too many write to the same item at once")

    @asynccontextmanager
    async def _opened(self, *expected: int) -> AsyncGenerator[Any]:
        """The container, with what goes wrong told apart; leaves silently where the service answers as `expected`."""
        await loaded("azure.cosmos.aio")
        from azure.core.exceptions import AzureError, HttpResponseError

        is_open = False
        try:
            async with asyncio.timeout(_DEADLINE_S):
                container = await self._cosmos.container(self._container)
                is_open = True
                yield container
        except HttpResponseError as error:
            if not is_open or error.status_code not in expected:
                raise told_apart(self._dependency, error) from error
        except (AzureError, OSError) as error:
            raise told_apart(self._dependency, error) from error


async def _read(container: Any, pk: str, identity: str) -> Item | None:
    from azure.cosmos.exceptions import CosmosResourceNotFoundError

    try:
        return dict(await container.read_item(identity, partition_key=pk))
    except CosmosResourceNotFoundError:
        return None


async def _write(container: Any, after: Item, before: Item | None) -> None:
    from azure.core import MatchConditions

    if before is None:
        await container.create_item(after)
        return
    etag = before["_etag"]
    await container.replace_item(after["id"], after, etag=etag, match_condition=MatchConditions.IfNotModified)
