"""Ratings in Cosmos DB, those of a ticket in one partition."""

from adapters.cosmos import Items, key
from adapters.cosmos_account import Cosmos
from adapters.cosmos_containers import DESK
from adapters.cosmos_listing import Conditions
from adapters.paging import moment
from shared.dashboard import Ratings
from shared.ratings import Rating
from shared.statistics import Period

_KIND = "rating"


class CosmosRatings:
    """Implements the RatingBook port."""

    def __init__(self, cosmos: Cosmos):
        self._items = Items(cosmos, DESK, "ratings")

    async def add(self, tenant: str, rating: Rating) -> bool:
        return await self._items.create({
            "pk": key(_KIND, tenant, rating.ticket_id), "id": str(rating.episode), "kind": _KIND, "tenant": tenant,
            "at": moment(rating.at), "score": rating.score, "body": rating.model_dump(mode="json"),
        })  # fmt: skip

    async def of_ticket(self, tenant: str, ticket_id: str) -> tuple[Rating, ...]:
        pk = key(_KIND, tenant, ticket_id)
        rows = await self._items.query("SELECT VALUE c.body FROM c WHERE c.kind = @kind", pk, kind=_KIND)
        return tuple(sorted((Rating.model_validate(row) for row in rows), key=lambda rating: rating.episode))

    async def summary(self, tenant: str, period: Period) -> Ratings:
        given = Conditions(_KIND, tenant=tenant)
        since, until = given.parameter(moment(period.since)), given.parameter(moment(period.until))
        given.add(f"c.at >= {since} AND c.at < {until}")
        scores: list[int] = await self._items.query(f"SELECT VALUE c.score FROM c WHERE {given}", **given.values)
        return Ratings(count=len(scores), average=sum(scores) / len(scores) if scores else None)

    async def forget(self, tenant: str, ticket_id: str) -> int:
        pk = key(_KIND, tenant, ticket_id)
        found = await self._items.query("SELECT VALUE c.id FROM c WHERE c.kind = @kind", pk, kind=_KIND)
        return sum([await self._items.delete(pk, identity) for identity in found])
