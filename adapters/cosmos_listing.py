"""Listings in Cosmos DB, newest first: one property holds time and id, so that no composite index is needed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from adapters.cosmos import Item, Items
from adapters.paging import moment, page_size, position
from shared.cursors import opaque

_BETWEEN = " "


def place(at: datetime, identity: str) -> dict[str, str]:
    """The properties that `page` sorts by and makes cursors of; `moment` is always as long, so ids never touch it."""
    return {"at": moment(at), "own_id": identity, "sort": f"{moment(at)}{_BETWEEN}{identity}"}


class Conditions:
    """What is looked for: our own text, with a parameter for every value of a caller's."""

    def __init__(self, kind: str, **equal: Any):
        self._texts = ["c.kind = @kind"]
        self.values: dict[str, Any] = {"kind": kind}
        for name, wanted in equal.items():
            self.any_of(name, wanted)

    def any_of(self, name: str, wanted: str | Sequence[str] | None) -> None:
        """One value or several that are alternatives; no condition when nothing is wanted."""
        if not wanted:
            return
        several = [wanted] if isinstance(wanted, str) else wanted
        self.add(f"c.{name} IN ({', '.join(self.parameter(value) for value in several)})")

    def add(self, text: str) -> None:
        self._texts.append(text)

    def parameter(self, value: Any) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"@{name}"

    def __str__(self) -> str:
        return " AND ".join(self._texts)


async def page(
    items: Items, conditions: Conditions, limit: int, after: str | None, pk: str | None = None
) -> tuple[list[Item], str | None]:
    """Between 1 and LARGEST_PAGE items, and the cursor of the next page where there is one. Raises InvalidCursor."""
    size = page_size(limit)
    if after is not None:
        conditions.add(f"c.sort < {conditions.parameter(_BETWEEN.join(position(after)))}")
    sql = f"SELECT TOP @most * FROM c WHERE {conditions} ORDER BY c.sort DESC"
    rows = await items.query(sql, pk, most=size + 1, **conditions.values)
    shown = rows[:size]
    return shown, opaque(shown[-1]["at"], shown[-1]["own_id"]) if len(rows) > size else None
