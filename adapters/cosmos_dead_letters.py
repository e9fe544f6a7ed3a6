"""The list of dead letters in Cosmos DB: few enough for one partition."""

from datetime import datetime

from adapters.cosmos import Item, Items, key
from adapters.cosmos_account import Cosmos
from adapters.cosmos_containers import DESK
from adapters.cosmos_listing import Conditions, page, place
from adapters.letter_bodies import NOTED, Bodies, LettersWithBodies
from adapters.paging import moment
from shared.dead_letters import DeadLetterPage, Failing, ListedLetter

_KIND, _PARTITION = "letter", "letters"
_GONE, _NOTE = "gone letter", "failing"
_WAITS = "c.kind = @kind"


class CosmosDeadLetters(LettersWithBodies):
    """A letter that is gone becomes an item of another kind, which keeps its id and nothing that was in it."""

    def __init__(self, cosmos: Cosmos, bodies: Bodies):
        super().__init__(bodies)
        self._items = Items(cosmos, DESK, "dead_letters")

    async def knows(self, letter_id: str) -> bool:
        return await self._items.read(*_where(letter_id)) is not None

    async def find(self, limit: int, cursor: str | None = None) -> DeadLetterPage:
        rows, more = await page(self._items, Conditions(_KIND), limit, cursor, _PARTITION)
        return DeadLetterPage(items=tuple(ListedLetter.model_validate(row["body"]) for row in rows), next_cursor=more)

    async def release(self, letter_id: str) -> None:
        await self._items.change(*_where(letter_id), _released)

    async def depth(self) -> int:
        sql = f"SELECT VALUE COUNT(1) FROM c WHERE {_WAITS}"
        return (await self._items.query(sql, _PARTITION, kind=_KIND))[0]

    async def _list(self, letter: ListedLetter) -> bool:
        pk, identity = _where(letter.id)
        item = {"pk": pk, "id": identity, "kind": _KIND, **place(letter.at, letter.id)}
        return await self._items.create(item | {"body": letter.model_dump(mode="json")})

    async def _listed(self, letter_id: str) -> ListedLetter | None:
        item = await self._items.read(*_where(letter_id))
        return ListedLetter.model_validate(item["body"]) if item and item["kind"] == _KIND else None

    async def _claim(self, letter_id: str, now: datetime, lapsed: datetime) -> bool:
        def claimed(item: Item | None) -> Item | None:
            return {**item, "claimed_at": moment(now)} if item and _is_free(item, lapsed) else None

        return await self._items.change(*_where(letter_id), claimed) is not None

    async def _take_off(self, letter_id: str, now: datetime) -> None:
        def gone(item: Item | None) -> Item | None:
            return _gone(item, now) if item and item["kind"] == _KIND else None

        await self._items.change(*_where(letter_id), gone)

    async def _drop(self, letter_id: str, now: datetime, lapsed: datetime, failing: str | None) -> bool:
        def gone(item: Item | None) -> Item | None:
            return _gone(item, now) if item and _is_free(item, lapsed) else None

        dropped = await self._items.change(*_where(letter_id), gone) is not None
        if dropped and failing is not None:
            # A crash just before this leaves the note until its time is over.
            await self._items.delete(key(_NOTE, failing), _NOTE)
        return dropped

    async def _older(self, before: datetime) -> list[str]:
        sql = f"SELECT VALUE c.own_id FROM c WHERE {_WAITS} AND c.at < @before"
        return await self._items.query(sql, _PARTITION, kind=_KIND, before=moment(before))

    async def _note(self, digest: str, failing: Failing) -> None:
        item: Item = {"pk": key(_NOTE, digest), "id": _NOTE, "kind": _NOTE, "ttl": int(NOTED.total_seconds())}
        await self._items.change(item["pk"], _NOTE, lambda _: item | {"body": failing.model_dump(mode="json")})

    async def _noted(self, digest: str) -> Failing | None:
        item = await self._items.read(key(_NOTE, digest), _NOTE)
        return Failing.model_validate(item["body"]) if item else None


def _where(letter_id: str) -> tuple[str, str]:
    return _PARTITION, key(letter_id)


def _is_free(item: Item, lapsed: datetime) -> bool:
    return item["kind"] == _KIND and item.get("claimed_at", "") < moment(lapsed)


def _released(item: Item | None) -> Item | None:
    return {name: value for name, value in item.items() if name != "claimed_at"} if item else None


def _gone(item: Item, now: datetime) -> Item:
    return {"pk": item["pk"], "id": item["id"], "kind": _GONE, "gone_at": moment(now)}
