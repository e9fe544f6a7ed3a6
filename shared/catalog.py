"""The service catalogue: what people may request, and what that takes."""

import re
from collections.abc import Iterable
from typing import Annotated, Protocol

from pydantic import Field

from shared.actions import ActionResult, RequestSoftware, Undone
from shared.model import Model


class CatalogItem(Model):
    """`licences_left` is None where there are as many as anybody wants."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    owner_group: str
    needs_approval: bool = True
    licences_left: Annotated[int, Field(ge=0)] | None = None


class ServiceCatalog(Protocol):
    """What can be requested. Raises Unavailable when it is down."""

    async def items(self) -> tuple[CatalogItem, ...]: ...

    async def request(self, action: RequestSoftware, key: str) -> ActionResult:
        """Once per `key`, also after a crash. Raises Permanent for what is not there or has no licence left."""
        ...

    async def undo(self, key: str, by: str) -> Undone | None:
        """Withdraw what was requested under `key`; None when nothing was. Raises Permanent where it cannot be."""
        ...


def item_named(items: Iterable[CatalogItem], name: str) -> CatalogItem | None:
    """By id, name or alias, however it is written."""
    wanted = name.strip().casefold()
    for item in items:
        if wanted in {item.id.casefold(), item.name.casefold(), *(alias.casefold() for alias in item.aliases)}:
            return item
    return None


def named_in(items: Iterable[CatalogItem], text: str) -> tuple[CatalogItem, ...]:
    """The items of which the text has the name or an alias, as whole words."""
    said = text.casefold()

    def is_named(item: CatalogItem) -> bool:
        names = (item.name, *item.aliases)
        return any(re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", said) for name in names)

    return tuple(item for item in items if is_named(item))
