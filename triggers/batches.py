"""The batches channel: many tickets at once, over HTTP or the queue."""

import hashlib
import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from adapters.paging import moment, position
from shared import names
from shared.batches import BatchMessage, BatchState, BatchView, Failure
from shared.cursors import opaque
from shared.instances import InstanceState
from shared.model import Model
from triggers.answers import SelfLink, page_of, part_of
from triggers.http import KIB, idempotency_key, json_response, read_body, read_query
from triggers.operations import IDEMPOTENCY_KEY, JSON, Content, door
from triggers.problems import Problem, not_found
from triggers.queues import read_message, taking
from triggers.services import Services, durable_client

bp = df.Blueprint()

EPOCH = datetime.fromtimestamp(0, UTC)
LIMIT_BYTES = 10 * KIB * KIB


class Listing(Model):
    """Query of GET /batches."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


class BatchAccepted(Model):
    id: str
    status: Literal["accepted"] = "accepted"
    links: SelfLink


class _Dated(BatchView):
    created_at: datetime | None


BatchLine = part_of(_Dated, "BatchLine", without={"failures"})


@bp.queue_trigger(arg_name="msg", queue_name=names.QUEUE_BATCHES, connection="AzureWebJobsStorage")
@durable_client(bp)
async def take_queued_batch(msg: func.QueueMessage, client: str) -> None:
    """A batch a message, in it or by the name of its blob. What cannot be read ends in the poison queue."""
    from activities.batches import batch_lines

    async with taking(msg, names.QUEUE_BATCHES, client) as services:
        content, message_id = read_message(msg)
        given = BatchMessage.model_validate(content)
        batch_id = given.batch_id or message_id
        if given.blob is not None:
            batch_lines(await services.artifacts.read(given.blob))
            await _start(batch_id, given.blob, services)
        else:
            data = json.dumps(given.tickets, ensure_ascii=False).encode()
            await _start(batch_id, await _keep(batch_id, data, services), services)


@door(
    bp,
    body=(Content(JSON, Any), Content("application/x-ndjson")),
    headers=(IDEMPOTENCY_KEY,),
    answers={202: BatchAccepted},
    refuses=(409,),
)
async def create_batch(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    from activities.batches import batch_lines

    data = read_body(req, LIMIT_BYTES)
    try:
        lines = batch_lines(data)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "Invalid batch", f"send a JSON array or JSON Lines: {error}") from error
    if not lines:
        raise Problem(400, "Invalid batch", "there is no ticket in it")
    key = idempotency_key(req)
    tenant = services.settings.tenant
    batch_id = hashlib.sha256(f"{tenant}\n{key}".encode()).hexdigest()[:24] if key else uuid.uuid4().hex[:24]
    blob = await _keep(batch_id, data, services)
    state = await _start(batch_id, blob, services)
    if state is not None and BatchState.model_validate(state.input).blob != blob:
        raise Problem(409, "Conflict", "the same Idempotency-Key was used with another body")
    path = f"/api/batches/{batch_id}"
    return json_response(
        BatchAccepted(id=batch_id, links=SelfLink(self=path)), 202, {"Location": path, "Retry-After": "5"}
    )


async def _keep(batch_id: str, data: bytes, services: Services) -> str:
    """Keep the batch as it came, under a name that follows from its content; returns the blob's path."""
    path = f"batches/{batch_id}/input-{hashlib.sha256(data).hexdigest()[:16]}"
    await services.artifacts.write(path, data)
    return path


async def _start(batch_id: str, blob: str, services: Services) -> InstanceState | None:
    """Start the batch; for one that was started before, its state."""
    instance_id = names.batch_instance(batch_id)
    if (found := await services.instances.state(instance_id)) is not None:
        return found
    state = BatchState(
        batch_id=batch_id,
        tenant=services.settings.tenant,
        blob=blob,
        concurrency=services.settings.batch_concurrency,
        watchdog_s=services.settings.batch_watchdog_s,
        policy=services.policy.model_copy(update={"lane": "batch"}),
    )
    if await services.instances.start(names.PROCESS_BATCH, instance_id, state):
        return None
    return await services.instances.state(instance_id)


@door(bp, query=Listing, answers={200: page_of(BatchLine)})
async def list_batches(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Newest first, with counts; why a ticket failed stands with the batch itself."""
    listing = read_query(req, Listing)
    states = await services.durable.all_with_prefix(names.batch_instance(""))
    after = position(listing.cursor) if listing.cursor else None
    found = sorted(((moment(state.created_at or EPOCH), state) for state in states), key=_place, reverse=True)
    rest = [(at, state) for at, state in found if after is None or _place((at, state)) < after]
    page = rest[: listing.limit]
    items = [
        _view(state.instance_id.removeprefix(names.batch_instance("")), state).model_dump(
            mode="json", exclude={"failures"}
        )
        | {"created_at": state.created_at and state.created_at.isoformat()}
        for _, state in page
    ]
    more = len(rest) > listing.limit
    return json_response({"items": items, "next_cursor": opaque(*_place(page[-1])) if more else None})


def _place(found: tuple[str, InstanceState]) -> tuple[str, str]:
    return found[0], found[1].instance_id


@door(bp, answers={200: BatchView})
async def get_batch(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    from activities.batches import failures_of

    batch_id = str(req.route_params.get("id") or "")
    state = await services.instances.state(names.batch_instance(batch_id))
    if state is None:
        raise not_found(f"batch {batch_id}")
    view = _view(batch_id, state)
    if view.failed or view.failures:
        failures = await failures_of(batch_id, services)
        view = view.model_copy(update={"failures": (*failures, *view.failures)})
    return json_response(view)


def _view(batch_id: str, state: InstanceState) -> BatchView:
    shown: Any = state.output or state.custom_status
    if shown is None:
        view = BatchView(id=batch_id, status="accepted", total=0, resolved=0, escalated=0, failed=0, in_flight=0)
    else:
        view = BatchView.model_validate(shown)
    return _broken_off(view, state) if state.status in ("failed", "terminated") else view


def _broken_off(view: BatchView, state: InstanceState) -> BatchView:
    """A batch that broke down or was ended by an operator: nobody counts any more what was still out."""
    failure = Failure(index=-1, reason=f"the batch itself ended early: {state.failure or state.status}")
    return view.model_copy(
        update={
            "status": "completed_with_failures",
            "failed": view.failed + view.in_flight,
            "in_flight": 0,
            "failures": (failure,),
        }
    )
