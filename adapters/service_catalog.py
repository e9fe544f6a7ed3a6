"""What people may request, from a JSON file; requests are kept beside the directory's changes in SQLite."""

import asyncio
import sqlite3
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from adapters.effects import EFFECTS_SCHEMA, once, undo_once
from adapters.json_files import load
from adapters.sqlite import Database
from shared.actions import Action, ActionResult, RequestSoftware, Undone
from shared.catalog import CatalogItem, item_named
from shared.errors import Permanent

_SCHEMA = f"""{EFFECTS_SCHEMA}
CREATE TABLE IF NOT EXISTS software_requests (
    user_id TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (user_id, name)
) WITHOUT ROWID;
"""
_ITEMS = TypeAdapter(tuple[CatalogItem, ...])


class FileServiceCatalog:
    """Implements the ServiceCatalog port over catalog.json in `directory`.

    A request is recorded for the group that grants it and takes a licence; this catalogue installs nothing.
    """

    def __init__(self, directory: str | Path, state_path: str | Path):
        self._file = Path(directory) / "catalog.json"
        self._state = Database(state_path, "catalog", _SCHEMA, durable=True)

    async def items(self) -> tuple[CatalogItem, ...]:
        """As the file says now, with the licences that are left after what was requested."""
        return await self._state.read(partial(_with_licences_left, await self._listed()))

    async def request(self, action: RequestSoftware, key: str) -> ActionResult:
        listed = await self._listed()

        def effect(connection: sqlite3.Connection) -> ActionResult:
            return _request(_with_licences_left(listed, connection), action, connection)

        return await self._state.write(lambda connection: once(connection, key, action, effect))

    async def undo(self, key: str, by: str) -> Undone | None:
        def withdraw(connection: sqlite3.Connection, action: Action) -> bool:
            assert isinstance(action, RequestSoftware)
            item = item_named(listed, action.software)
            return item is not None and _withdraw(action.user_id, item.name, connection)

        listed = await self._listed()
        return await self._state.write(
            lambda connection: undo_once(connection, key, by, ("request_software",), withdraw)
        )

    def close(self) -> None:
        self._state.close()

    async def _listed(self) -> tuple[CatalogItem, ...]:
        return await asyncio.to_thread(load, self._file, _ITEMS)


def _with_licences_left(listed: tuple[CatalogItem, ...], connection: sqlite3.Connection) -> tuple[CatalogItem, ...]:
    rows = connection.execute("SELECT name, count(*) FROM software_requests GROUP BY name COLLATE NOCASE").fetchall()
    taken = {name.casefold(): count for name, count in rows}
    return tuple(
        item
        if item.licences_left is None
        else item.model_copy(update={"licences_left": max(0, item.licences_left - taken.get(item.name.casefold(), 0))})
        for item in listed
    )


def _request(items: tuple[CatalogItem, ...], action: RequestSoftware, connection: sqlite3.Connection) -> ActionResult:
    item = item_named(items, action.software)
    if item is None:
        raise Permanent(f"the catalogue has no {action.software}")
    values = (action.user_id, item.name)
    if connection.execute("SELECT 1 FROM software_requests WHERE user_id = ? AND name = ?", values).fetchone():
        summary = f"{item.name} had already been requested for {action.user_id}"
        return ActionResult(kind=action.kind, summary=summary, changed=False)
    if item.licences_left == 0:
        raise Permanent(f"no licence of {item.name} is left; {item.owner_group} buys them")
    connection.execute("INSERT INTO software_requests VALUES (?, ?)", values)
    return ActionResult(
        kind=action.kind,
        summary=f"request of {item.name} for {action.user_id} recorded for {item.owner_group}",
        changed=True,
        reversible=True,
        before={"requested": False},
        after={"requested": True},
    )


def _withdraw(user_id: str, name: str, connection: sqlite3.Connection) -> bool:
    sql = "DELETE FROM software_requests WHERE user_id = ? AND name = ?"
    return connection.execute(sql, (user_id, name)).rowcount == 1
