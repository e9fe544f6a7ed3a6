"""Starting a cycle of the watch, because somebody asks or because one is due: one at a time, however many ask."""

from datetime import datetime
from typing import NamedTuple

from activities.task_intake import start_task, task_input
from activities.watch_folder import keep
from activities.watch_records import new_cycle_id
from activities.watch_telling import tell_of_skipped
from activities.watch_turn import set_due, take_watch, watch_state
from shared import names
from shared.correlation import trail
from shared.errors import Conflict
from shared.ports import Desk
from shared.watch_cycles import DESK, RESULTS, CycleRecord, CycleRequest, artifact_path, subject_of
from shared.watch_schedule import Look


class Asked(NamedTuple):
    """The cycle, and whether it is the one that was asked for; else it has the watch."""

    cycle: str
    is_own: bool


async def ask_for_cycle(request: CycleRequest, key: str | None, now: datetime, desk: Desk) -> Asked:
    """The same key again is the same cycle. Raises Conflict where the key came with another topic."""
    state = await watch_state(desk)
    again = key is not None and state.key == key and state.cycle is not None
    cycle = state.cycle if again and state.cycle else new_cycle_id(now)
    if (busy := await take_watch(cycle, now, desk, key=key)) is not None:
        return Asked(busy, is_own=False)
    if await _start(cycle, request, now, desk) == "conflict":
        raise Conflict("the same Idempotency-Key was used with another body")
    return Asked(cycle, is_own=True)


async def start_due_cycle(request: CycleRequest, seen: Look, now: datetime, desk: Desk) -> str | None:
    """Start the cycle that is due, and set when the next is; None while another has the watch: it stays due.

    The due moment is moved on only once the instance is there, so a crash in between loses no cycle; the state names
    the cycle that serves it, so none starts twice.
    """
    state = await watch_state(desk)
    serves = state.for_due_at is not None and state.for_due_at == state.due_at and state.cycle is not None
    cycle = state.cycle if serves and state.cycle else new_cycle_id(now)
    if await take_watch(cycle, now, desk, for_due_at=state.due_at) is not None:
        return None
    await _start(cycle, request, now, desk)
    await set_due(seen.next_due_at, desk)
    return cycle


async def skip_cycle(why: str, seen: Look, now: datetime, tenant: str, desk: Desk) -> CycleRecord:
    """Record that a cycle was not run, and tell of it."""
    skipped = CycleRecord(
        cycle_id=new_cycle_id(now), status="skipped", trigger="schedule", subject=DESK, started_at=now, ended_at=now,
        reason=why, artifacts=(RESULTS,),
    )  # fmt: skip
    await keep(skipped.cycle_id, RESULTS, skipped, desk)
    await tell_of_skipped(skipped, tenant, desk)
    await set_due(seen.next_due_at, desk)
    return skipped


async def _start(cycle: str, request: CycleRequest, now: datetime, desk: Desk) -> str:
    """Start the cycle's task; its record is there from then on, and not only when its first activity has run."""
    policy = desk.policy.model_copy(update={"lane": "batch"})
    followed = trail().correlation_id or cycle
    given = task_input(names.WATCH, request, cycle, tenant=desk.tenant, policy=policy, correlation_id=followed)
    outcome = await start_task(given, desk.instances)
    begun = CycleRecord(
        cycle_id=cycle, status="running", trigger=request.trigger, missed=request.missed,
        subject=subject_of(request.topic), started_at=now,
    )  # fmt: skip
    await desk.artifacts.create(artifact_path(cycle, RESULTS), begun.model_dump_json(indent=2).encode())
    return outcome
