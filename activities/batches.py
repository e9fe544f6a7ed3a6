"""A batch's tickets: cut into chunks once, started a slice at a time, looked at when nothing is heard."""

import asyncio
import json
from typing import Any, cast

from pydantic import ValidationError

from activities.intake import accept, accepted_ticket, document_of, status_of, ticket_id
from shared import names
from shared.batches import BatchOpened, BatchSlice, BatchState, Failure, SliceStarted, Watch, Watched
from shared.delivery import Settled
from shared.errors import Permanent
from shared.instances import InstanceState
from shared.ports import Desk
from shared.tickets import TicketRequest

CHUNK_LINES = 100


def batch_lines(data: bytes) -> list[str]:
    """One line of JSON per ticket, from a JSON array or JSON Lines.

    A line that is not JSON is kept as it is: it fails alone. Raises ValueError when nothing can be made
    of the whole.
    """
    text = data.decode("utf-8-sig").strip()
    if not text.startswith("["):
        return [line for line in text.split("\n") if line.strip()]
    items: Any = json.loads(text)
    return [json.dumps(item, ensure_ascii=False) for item in items]


def failures_prefix(batch_id: str) -> str:
    return f"batches/{batch_id}/failures/"


async def open_batch(state: BatchState, desk: Desk) -> BatchOpened:
    """Cut the batch into chunks, so that a slice need not read the whole."""
    try:
        lines = batch_lines(await desk.artifacts.read(state.blob))
    except ValueError as error:
        raise Permanent(f"the batch cannot be read: {error}") from error
    for first in range(0, len(lines), CHUNK_LINES):
        chunk = "\n".join(lines[first : first + CHUNK_LINES])
        await desk.artifacts.write(_chunk_path(state.batch_id, first // CHUNK_LINES), chunk.encode())
    return BatchOpened(total=len(lines))


async def start_tickets(wanted: BatchSlice, desk: Desk) -> SliceStarted:
    """Start the tickets of a slice; a repeat finds them started and says the same."""
    lines = await _lines(wanted, desk)
    outcomes = await asyncio.gather(
        *(_start(wanted, wanted.first + offset, line, desk) for offset, line in enumerate(lines))
    )
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    if failures:
        await _keep_failures(wanted.batch_id, f"{wanted.first:08d}", failures, desk)
    started: dict[str, int] = {}
    for outcome in outcomes:
        if isinstance(outcome, str):
            started[outcome] = started.get(outcome, 0) + 1
    settled = tuple(outcome for outcome in outcomes if isinstance(outcome, Settled))
    return SliceStarted(started=started, settled=settled, failed=len(failures))


async def poll_tickets(watch: Watch, desk: Desk) -> Watched:
    """Look at tickets that have not told the batch: those that have settled, and those that broke."""
    states = await asyncio.gather(
        *(desk.instances.state(names.ticket_instance(ticket, 1)) for ticket in watch.ticket_ids)
    )
    settled: list[Settled] = []
    for ticket, state in zip(watch.ticket_ids, states, strict=True):
        found = _settlement(ticket, state)
        if found is not None:
            settled.append(found)
        if found is not None and found.settlement == "failed":
            failure = Failure(index=-1, ticket_id=ticket, reason=found.reason or "failed")
            await _keep_failures(watch.batch_id, f"ticket-{ticket}", [failure], desk)
    return Watched(settled=tuple(settled))


async def _start(wanted: BatchSlice, index: int, line: str, desk: Desk) -> str | Settled | Failure:
    """The id of the ticket that is now in work, or how it had settled before, or why it failed."""
    try:
        request = TicketRequest.model_validate(json.loads(line))
    except ValidationError as error:
        return Failure(index=index, external_id=_external_id(line), reason=_in_words(error))
    except (ValueError, RecursionError) as error:
        return Failure(index=index, reason=f"not JSON: {error}")
    if request.external_id is not None:
        identity = ticket_id(wanted.tenant, "external-id", request.external_id)
    else:
        identity = ticket_id(wanted.tenant, "batch-line", f"{wanted.batch_id}:{index}")
    ticket = accepted_ticket(request, wanted.tenant, identity, wanted.batch_id, door="batch")
    accepted = await accept(ticket, desk.policy, desk)
    if accepted.outcome == "conflict":
        reason = "external_id is taken by a ticket of other content"
        return Failure(index=index, external_id=request.external_id, ticket_id=identity, reason=reason)
    if accepted.outcome == "repeated":
        state = await desk.instances.state(names.ticket_instance(identity, 1))
        if state is None and accepted.status != "new":
            return Settled(ticket_id=identity, settlement="resolved", reason="so long ago that only the archive knows")
        return _settlement(identity, state) or identity
    return identity


def _settlement(ticket: str, state: InstanceState | None) -> Settled | None:
    """How a ticket stands towards its batch, or None while it still needs its slot."""
    if state is None:
        return Settled(ticket_id=ticket, settlement="failed", reason="it was never started, or was removed")
    if state.status in ("failed", "terminated"):
        return Settled(ticket_id=ticket, settlement="failed", reason=state.failure or state.status)
    if state.ended:
        document = document_of(state)
        waits = document is not None and document.status == "waiting_for_requester"
        return Settled(ticket_id=ticket, settlement="escalated" if waits else "resolved")
    if status_of(state) == "escalated":
        return Settled(ticket_id=ticket, settlement="escalated")
    return None


async def _lines(wanted: BatchSlice, desk: Desk) -> list[str]:
    last = wanted.first + wanted.count - 1
    lines: list[str] = []
    for chunk in range(wanted.first // CHUNK_LINES, last // CHUNK_LINES + 1):
        lines += (await desk.artifacts.read(_chunk_path(wanted.batch_id, chunk))).decode().split("\n")
    start = wanted.first % CHUNK_LINES
    return lines[start : start + wanted.count]


async def _keep_failures(batch_id: str, name: str, failures: list[Failure], desk: Desk) -> None:
    body = json.dumps([failure.model_dump(mode="json") for failure in failures], ensure_ascii=False)
    await desk.artifacts.write(f"{failures_prefix(batch_id)}{name}.json", body.encode())


async def failures_of(batch_id: str, desk: Desk) -> tuple[Failure, ...]:
    """All failures of a batch so far, in the order of its lines."""
    paths = await desk.artifacts.list(failures_prefix(batch_id))
    failures = [Failure.model_validate(item) for path in paths for item in json.loads(await desk.artifacts.read(path))]
    return tuple(sorted(failures, key=lambda failure: failure.index))


def _chunk_path(batch_id: str, chunk: int) -> str:
    return f"batches/{batch_id}/chunks/{chunk:06d}.jsonl"


def _external_id(line: str) -> str | None:
    item: Any = json.loads(line)
    found = cast(dict[str, Any], item).get("external_id") if isinstance(item, dict) else None
    return found if isinstance(found, str) else None


def _in_words(error: ValidationError) -> str:
    return "; ".join(f"/{'/'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())[:500]
