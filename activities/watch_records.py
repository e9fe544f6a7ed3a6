"""The records of past cycles, newest first: an id begins with the moment its cycle was asked for."""

import asyncio
from datetime import datetime
from uuid import uuid4

from activities.task_intake import newest_instance, state_of
from activities.watch_folder import kept
from shared.ports import Desk
from shared.watch_cycles import FOLDER, MOMENT, RESULTS, CyclePage, CycleRecord

MOST_LOOKED_AT = 10
MOST_COUNTED = 200


def new_cycle_id(now: datetime) -> str:
    """With the part of the second that has passed: a short cycle and the next can begin in one."""
    return f"{now:{MOMENT}}-{now.microsecond:05x}{uuid4().hex[:6]}"


async def cycles(desk: Desk, limit: int, before: str | None = None) -> CyclePage:
    """Those that began before the one that `before` names."""
    names = await _newest_first(desk)
    rest = [name for name in names if before is None or name < before]
    found = await asyncio.gather(*(cycle(name, desk) for name in rest[:limit]))
    items = tuple(record for record in found if record is not None)
    return CyclePage(items=items, next_cursor=rest[limit - 1] if len(rest) > limit else None)


async def cycles_since(desk: Desk, since: datetime, at_least: int) -> tuple[CycleRecord, ...]:
    """Newest first: those asked for since then, and the last few of any time."""
    names = await _newest_first(desk)
    wanted = [name for place, name in enumerate(names) if place < at_least or name >= f"{since:{MOMENT}}"]
    found = await asyncio.gather(*(cycle(name, desk) for name in wanted[:MOST_COUNTED]))
    return tuple(record for record in found if record is not None)


async def last_measured(desk: Desk) -> CycleRecord | None:
    """The newest cycle whose measures are there; asks no instance, so also where there is no durable client."""
    for name in (await _newest_first(desk))[:MOST_LOOKED_AT]:
        record = await kept(name, RESULTS, CycleRecord, desk)
        if record is not None and record.metrics is not None:
            return record
    return None


async def _newest_first(desk: Desk) -> list[str]:
    paths = await desk.artifacts.list(FOLDER)
    return sorted((path.split("/")[1] for path in paths if path.endswith(f"/{RESULTS}")), reverse=True)


async def cycle(cycle_id: str, desk: Desk) -> CycleRecord | None:
    """The record; a cycle that was ended from outside could not write that itself, so its instance is asked."""
    record = await kept(cycle_id, RESULTS, CycleRecord, desk)
    if record is None or record.status != "running":
        return record
    instance = await newest_instance(cycle_id, desk.instances)
    if instance is not None and not instance.ended:
        return record
    reason = "its instance is gone" if instance is None else state_of(instance).error
    return record.model_copy(update={"status": "failed", "reason": reason})
