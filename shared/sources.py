"""News and pages from outside, for researchers and for whoever watches a topic."""

from datetime import datetime
from typing import Annotated, Protocol

from pydantic import Field

from shared.model import Model


class SourceList(Model):
    """Where a topic is looked up: feeds (RSS, Atom) and pages.

    An address may hold `{query}`, which is replaced by what is asked; such a one searches.
    """

    feeds: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()


class SourceItem(Model):
    """Something published; the text is somebody else's, masked and free of orders to a model."""

    title: Annotated[str, Field(max_length=300)]
    url: str
    source: str
    published: datetime | None = None
    summary: Annotated[str, Field(max_length=1_000)] = ""


class SourceItems(Model):
    """`asked` are the hosts that answered, `failed` says of the others why not."""

    items: tuple[SourceItem, ...] = ()
    asked: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


class Sources(Protocol):
    """Items of a topic; a topic that nobody has set has none."""

    async def fetch(
        self, topic: str, *, query: str | None = None, since: datetime | None = None, limit: int = 20
    ) -> SourceItems:
        """With a query the best fitting first and nothing that shares no word with it, else the newest first.

        `since` leaves out what is older; what has no date is kept. Never raises for a source.
        """
        ...
