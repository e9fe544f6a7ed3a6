"""What requesters think of an answer: one rating for each episode of a ticket."""

from datetime import datetime
from typing import Annotated, Protocol

from pydantic import Field, StringConstraints

from shared.dashboard import Ratings
from shared.model import Model
from shared.statistics import Period
from shared.tickets import Text


class RatingRequest(Model):
    """Body of POST /tickets/{id}/rating; `by` is the requester."""

    by: Annotated[Text, StringConstraints(max_length=200)]
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[str, StringConstraints(max_length=5_000)] | None = None


class Rating(Model):
    """`comment` is masked."""

    ticket_id: str
    episode: int
    score: int
    comment: str | None = None
    at: datetime


class RatingBook(Protocol):
    """Raises Unavailable when it is down."""

    async def add(self, tenant: str, rating: Rating) -> bool:
        """False where the episode has a rating already."""
        ...

    async def of_ticket(self, tenant: str, ticket_id: str) -> tuple[Rating, ...]:
        """By episode."""
        ...

    async def summary(self, tenant: str, period: Period) -> Ratings:
        """Of those given in a period."""
        ...

    async def forget(self, tenant: str, ticket_id: str) -> int:
        """How many there were."""
        ...
