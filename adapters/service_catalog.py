"""What people may request, from a JSON file; requests are kept as marks beside it."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from adapters.effects import Effects, Marks, Thing
from adapters.json_files import load
from shared.actions import Action, ActionResult, RequestSoftware, Undone
from shared.catalog import CatalogItem, item_named
from shared.errors import Permanent

_KIND = "software"
_ITEMS = TypeAdapter(tuple[CatalogItem, ...])


class FileServiceCatalog:
    """Implements the ServiceCatalog port over catalog.json in `directory`.

    A request is recorded for the group that grants it and takes a licence; this catalogue installs nothing. The marks
    of a software are who requested it.
    """

    def __init__(self, directory: str | Path, effects: Effects):
        self._file = Path(directory) / "catalog.json"
        self._effects = effects

    async def items(self) -> tuple[CatalogItem, ...]:
        """As the file says now, with the licences that are left after what was requested."""
        return _with_licences_left(await self._listed(), await self._effects.all_marks(_KIND))

    async def request(self, action: RequestSoftware, key: str) -> ActionResult:
        listed = await self._listed()
        effect = partial(_requested, item_named(listed, action.software), action)
        return await self._effects.once(key, action, _thing(listed, action), effect)

    async def undo(self, key: str, by: str) -> Undone | None:
        listed = await self._listed()

        def thing_of(action: Action) -> Thing | None:
            return _thing(listed, action) if isinstance(action, RequestSoftware) else None

        return await self._effects.undo_once(key, by, thing_of, _withdrawn)

    async def _listed(self) -> tuple[CatalogItem, ...]:
        return await asyncio.to_thread(load, self._file, _ITEMS)


def _thing(listed: tuple[CatalogItem, ...], action: RequestSoftware) -> Thing:
    item = item_named(listed, action.software)
    return Thing(_KIND, (item.name if item else action.software).casefold())


def _with_licences_left(listed: tuple[CatalogItem, ...], requested: Mapping[str, Marks]) -> tuple[CatalogItem, ...]:
    return tuple(
        item
        if item.licences_left is None
        else item.model_copy(update={"licences_left": _left(item.licences_left, requested.get(item.name.casefold()))})
        for item in listed
    )


def _left(licences: int, requested: Marks | None) -> int:
    return max(0, licences - len(requested or ()))


def _requested(item: CatalogItem | None, action: RequestSoftware, requested: Marks) -> tuple[ActionResult, Marks]:
    if item is None:
        raise Permanent(f"the catalogue has no {action.software}")
    if action.user_id in requested:
        summary = f"{item.name} had already been requested for {action.user_id}"
        return ActionResult(kind=action.kind, summary=summary, changed=False), requested
    if item.licences_left is not None and _left(item.licences_left, requested) == 0:
        raise Permanent(f"no licence of {item.name} is left; {item.owner_group} buys them")
    result = ActionResult(
        kind=action.kind,
        summary=f"request of {item.name} for {action.user_id} recorded for {item.owner_group}",
        changed=True,
        reversible=True,
        before={"requested": False},
        after={"requested": True},
    )
    return result, requested | {action.user_id}


def _withdrawn(action: Action, requested: Marks) -> Marks | None:
    assert isinstance(action, RequestSoftware)
    return requested - {action.user_id} if action.user_id in requested else None
