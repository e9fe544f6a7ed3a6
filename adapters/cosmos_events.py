"""Lifecycle events in Cosmos DB: a ticket's in one partition, each with a mark while it waits to be published."""

from collections.abc import Sequence

from adapters.cosmos import Item, Items, key
from adapters.cosmos_account import Cosmos
from adapters.cosmos_containers import DESK
from adapters.events import OutboxEvents
from adapters.paging import moment
from shared.events import Event
from shared.messaging import Publisher
from shared.readings import Backlog

_KIND = "event"


class CosmosEvents(OutboxEvents):
    """The mark stands in the event's own item, so both are written together. The same id is one event of a ticket."""

    def __init__(self, cosmos: Cosmos, publisher: Publisher | None = None):
        super().__init__(publisher)
        self._items = Items(cosmos, DESK, "events")

    async def backlog(self) -> Backlog:
        waits = "c.kind = @kind AND IS_DEFINED(c.waits_since)"
        (count,) = await self._items.query(f"SELECT VALUE COUNT(1) FROM c WHERE {waits}", kind=_KIND)
        sql = f"SELECT TOP @most VALUE c.waits_since FROM c WHERE {waits} ORDER BY c.waits_since"
        oldest = await self._items.query(sql, kind=_KIND, most=1)
        return Backlog(count=count, oldest_at=oldest[0] if oldest else None)

    async def of_ticket(self, ticket_id: str) -> tuple[Event, ...]:
        rows = await self._of_subject(ticket_id)
        rows.sort(key=lambda row: (row["at"], row["kept_at"]))
        return tuple(Event.model_validate(row["body"]) for row in rows)

    async def forget(self, ticket_id: str) -> int:
        rows = await self._of_subject(ticket_id)
        return sum([await self._items.delete(row["pk"], row["id"]) for row in rows])

    async def _of_subject(self, ticket_id: str) -> list[Item]:
        return await self._items.query("SELECT * FROM c WHERE c.kind = @kind", key(_KIND, ticket_id), kind=_KIND)

    async def _keep(self, event: Event, kept_at: str, *, waits: bool) -> bool:
        pk, identity = _where(event)
        item = {"pk": pk, "id": identity, "kind": _KIND, "at": moment(event.time), "kept_at": kept_at}
        waiting = {"waits_since": kept_at} if waits else {}
        return await self._items.create(item | waiting | {"body": event.model_dump(mode="json")})

    async def _waiting(self, since_before: str, limit: int) -> tuple[Event, ...]:
        sql = (
            "SELECT TOP @most VALUE c.body FROM c WHERE c.kind = @kind AND c.waits_since < @before"
            " ORDER BY c.waits_since"
        )
        rows = await self._items.query(sql, kind=_KIND, before=since_before, most=limit)
        return tuple(Event.model_validate(row) for row in rows)

    async def _published(self, events: Sequence[Event]) -> None:
        for event in events:
            await self._items.change(*_where(event), _no_longer_waiting)


def _where(event: Event) -> tuple[str, str]:
    return key(_KIND, event.subject), key(event.id)


def _no_longer_waiting(item: Item | None) -> Item | None:
    """None for what was published or forgotten meanwhile."""
    if item is None or "waits_since" not in item:
        return None
    return {name: value for name, value in item.items() if name != "waits_since"}
