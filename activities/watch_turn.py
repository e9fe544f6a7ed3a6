"""Whose turn it is: one cycle has the watch at a time, over all instances, by one document that is swapped."""

from datetime import datetime, timedelta
from typing import Any

from activities.task_intake import newest_instance, state_of
from shared.errors import Conflict, Permanent
from shared.ports import Desk
from shared.watch_cycles import FOLDER, WatchState

STATE = f"{FOLDER}state.json"
TO_START = timedelta(minutes=1)
"""So long a cycle that took the watch may need until its instance is there; after that nobody will start it."""
TRIES = 5


async def watch_state(desk: Desk) -> WatchState:
    return (await _read(desk))[0]


async def take_watch(cycle: str, now: datetime, desk: Desk, **more: Any) -> str | None:
    """Let the cycle have the watch, or give the one that has it. `more` are fields of the state to set with it."""
    for _ in range(TRIES):
        state, raw = await _read(desk)
        if state.cycle == cycle:
            return None
        if state.cycle is not None and await _is_busy(state, now, desk):
            return state.cycle
        taken = state.model_copy(update={"for_due_at": None, "key": None} | more | {"cycle": cycle, "claimed_at": now})
        if await _swap(raw, taken, desk):
            return None
    raise Conflict("others want the watch at this very moment")


async def set_due(due_at: datetime, desk: Desk) -> None:
    """When the next cycle is due. Whoever writes at the same moment writes the same, or is asked again."""
    for _ in range(TRIES):
        state, raw = await _read(desk)
        if state.due_at == due_at or await _swap(raw, state.model_copy(update={"due_at": due_at}), desk):
            return


async def is_running(cycle: str, desk: Desk) -> bool:
    """False also for a cycle that waits for a person to let its topic through: it will ask for the watch again."""
    instance = await newest_instance(cycle, desk.instances)
    return instance is not None and not instance.ended and state_of(instance).status != "waiting"


async def _is_busy(state: WatchState, now: datetime, desk: Desk) -> bool:
    assert state.cycle is not None
    if await newest_instance(state.cycle, desk.instances) is None:
        return state.claimed_at is not None and now - state.claimed_at < TO_START
    return await is_running(state.cycle, desk)


async def _read(desk: Desk) -> tuple[WatchState, bytes | None]:
    try:
        raw = await desk.artifacts.read(STATE)
    except Permanent:
        return WatchState(), None
    return WatchState.model_validate_json(raw), raw


async def _swap(raw: bytes | None, state: WatchState, desk: Desk) -> bool:
    return await desk.artifacts.swap(STATE, raw, state.model_dump_json().encode())
