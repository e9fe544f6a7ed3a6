"""A batch: its tickets are instances of their own, started through a sliding window of free slots."""

from datetime import timedelta
from typing import Any

from durabletask.task import OrchestrationContext, when_any

from orchestrations.calling import StepFailed, Work, call
from orchestrations.inbox import Inbox
from shared import names
from shared.batches import (
    BatchOpened,
    BatchSlice,
    BatchState,
    BatchView,
    Settled,
    SliceStarted,
    Watch,
    Watched,
)

ROUNDS_BEFORE_RENEWAL = 20
"""Slices started before the batch continues as new: replay is quadratic in the length of history."""

MOST_STALLS = 500
"""With the default retries and watchdog some eight hours: an outage of storage is waited out, not for ever."""


def process_batch(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any] | None]:
    """Input BatchState; returns the final BatchView without failures, which are blobs of their own."""
    state = BatchState.model_validate(data)
    inbox = Inbox(ctx, names.SETTLED_EVENT, Settled)
    if state.total is None:
        opened = yield from call(ctx, names.OPEN_BATCH, state, BatchOpened, state.policy)
        state = state.model_copy(update={"total": opened.total})
    for _ in range(ROUNDS_BEFORE_RENEWAL):
        _show(ctx, state)
        if _is_over(state):
            return _show(ctx, state).model_dump(mode="json")
        if _has_room(state):
            state = yield from _start_slice(ctx, state)
        else:
            state = yield from _await_settlements(ctx, state, inbox)
        state = _count(state, inbox.drain())
    ctx.continue_as_new(state.model_dump(mode="json"), save_events=True)
    return None


def _left(state: BatchState) -> int:
    return (state.total or 0) - state.next_index


def _is_over(state: BatchState) -> bool:
    return _left(state) == 0 and not state.in_flight


def _has_room(state: BatchState) -> bool:
    """Refill a quarter of the window at a time: a slice for each freed slot would be all overhead."""
    free = state.concurrency - len(state.in_flight)
    return _left(state) > 0 and free >= max(1, min(state.concurrency // 4, _left(state)))


def _start_slice(ctx: OrchestrationContext, state: BatchState) -> Work[BatchState]:
    count = min(state.concurrency - len(state.in_flight), _left(state))
    wanted = BatchSlice(
        batch_id=state.batch_id,
        tenant=state.tenant,
        first=state.next_index,
        count=count,
    )
    try:
        started = yield from call(ctx, names.START_TICKETS, wanted, SliceStarted, state.policy)
    except StepFailed:
        if state.stalls >= MOST_STALLS:
            raise
        yield ctx.create_timer(timedelta(seconds=state.watchdog_s))
        return state.model_copy(update={"stalls": state.stalls + 1})
    in_flight = dict(state.in_flight)
    for ticket_id, lines in started.started.items():
        in_flight[ticket_id] = in_flight.get(ticket_id, 0) + lines
    moved = state.model_copy(
        update={
            "next_index": state.next_index + count,
            "in_flight": in_flight,
            "failed": state.failed + started.failed,
            "stalls": 0,
        }
    )
    for settled in started.settled:
        moved = _add(moved, settled, 1)
    return moved


def _await_settlements(ctx: OrchestrationContext, state: BatchState, inbox: Inbox[Settled]) -> Work[BatchState]:
    """Wait for a ticket to settle; when all is quiet for long, look at those still out."""
    watchdog = ctx.create_timer(timedelta(seconds=state.watchdog_s))
    yield when_any([inbox.waiting, watchdog])
    if not watchdog.is_complete:
        watchdog.cancel()
        return state
    watch = Watch(batch_id=state.batch_id, ticket_ids=tuple(state.in_flight))
    try:
        watched = yield from call(ctx, names.POLL_TICKETS, watch, Watched, state.policy)
    except StepFailed:
        return state
    return _count(state, watched.settled)


def _count(state: BatchState, heard: list[Settled] | tuple[Settled, ...]) -> BatchState:
    """Count each ticket once, whoever told of it and however often."""
    for settled in heard:
        if (lines := state.in_flight.get(settled.ticket_id)) is None:
            continue
        rest = {ticket: count for ticket, count in state.in_flight.items() if ticket != settled.ticket_id}
        state = _add(state.model_copy(update={"in_flight": rest}), settled, lines)
    return state


def _add(state: BatchState, settled: Settled, lines: int) -> BatchState:
    kind = settled.settlement
    return state.model_copy(update={kind: getattr(state, kind) + lines})


def _show(ctx: OrchestrationContext, state: BatchState) -> BatchView:
    over = _is_over(state)
    view = BatchView(
        id=state.batch_id,
        status=("completed_with_failures" if state.failed else "completed") if over else "running",
        total=state.total or 0,
        resolved=state.resolved,
        escalated=state.escalated,
        failed=state.failed,
        in_flight=(state.total or 0) - state.resolved - state.escalated - state.failed,
    )
    ctx.set_custom_status(view.model_dump(mode="json", exclude={"failures"}))
    return view
