"""Effects in Cosmos DB: marks and records in one partition, so that both are written in one transaction."""

from collections.abc import Callable, Mapping

from adapters.cosmos import Item, Items, written
from adapters.cosmos import key as key_of
from adapters.cosmos_account import Cosmos
from adapters.cosmos_containers import DESK
from adapters.effects import Done, Effect, Marks, Reversal, Thing, had, put_back
from shared.actions import Action, ActionResult, Undone

_MARKS, _DONE, _PARTITION = "marks", "done", "effects"


class CosmosEffects:
    """Implements Effects."""

    def __init__(self, cosmos: Cosmos, dependency: str):
        self._items = Items(cosmos, DESK, dependency)

    async def marks(self, thing: Thing) -> Marks:
        return _marks(await self._kept(thing))

    async def all_marks(self, kind: str) -> Mapping[str, Marks]:
        sql = "SELECT * FROM c WHERE c.kind = @kind AND c.of = @of"
        rows = await self._items.query(sql, _PARTITION, kind=_MARKS, of=kind)
        return {row["name"]: _marks(row) for row in rows}

    async def once(self, key: str, action: Action, thing: Thing, effect: Effect) -> ActionResult:
        async def attempt() -> ActionResult | None:
            record, kept = await self._record(key), await self._kept(thing)
            done = Done.model_validate(record["body"]) if record else None
            result, after = had(done, action, _marks(kept), effect)
            if after is None:
                return result
            record_written = written(_done_item(key, Done(action=action, result=result)), None)
            refused = await self._items.batch(_PARTITION, [record_written, written(_marks_item(thing, after), kept)])
            return result if refused is None else None

        return await self._items.repeat(attempt)

    async def undo_once(
        self, key: str, by: str, thing_of: Callable[[Action], Thing | None], reverse: Reversal
    ) -> Undone | None:
        async def attempt() -> tuple[Undone | None] | None:
            record = await self._record(key)
            done = Done.model_validate(record["body"]) if record else None
            thing = thing_of(done.action) if done is not None else None
            if done is None or thing is None:
                return (None,)
            kept = await self._kept(thing)
            undone, after = put_back(done, by, _marks(kept), reverse)
            if after is None:
                return (undone,)
            record_written = written(_done_item(key, done.model_copy(update={"undone": undone})), record)
            refused = await self._items.batch(_PARTITION, [record_written, written(_marks_item(thing, after), kept)])
            return (undone,) if refused is None else None

        return (await self._items.repeat(attempt))[0]

    async def _record(self, key: str) -> Item | None:
        return await self._items.read(_PARTITION, key_of(_DONE, key))

    async def _kept(self, thing: Thing) -> Item | None:
        return await self._items.read(_PARTITION, key_of(_MARKS, *thing))


def _marks(item: Item | None) -> Marks:
    return frozenset(item["body"]["marks"]) if item else frozenset()


def _done_item(key: str, done: Done) -> Item:
    return {"pk": _PARTITION, "id": key_of(_DONE, key), "kind": _DONE, "body": done.model_dump(mode="json")}


def _marks_item(thing: Thing, marks: Marks) -> Item:
    return {
        "pk": _PARTITION, "id": key_of(_MARKS, *thing), "kind": _MARKS, "of": thing.kind, "name": thing.name,
        "body": {"marks": sorted(marks)},
    }  # fmt: skip
