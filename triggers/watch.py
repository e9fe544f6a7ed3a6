"""The watch's channel: asking for a cycle, what cycles came to, and the clock that starts them by itself."""

import logging
from datetime import UTC, datetime
from typing import Annotated, Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, TypeAdapter, ValidationError

from shared.errors import Conflict, InvalidCursor, Permanent, Unavailable
from shared.model import Model
from shared.tasks import WORKFLOW_OF
from shared.watch import CREW_TASKS
from shared.watch_cycles import (
    ARTIFACTS,
    CycleId,
    CyclePage,
    CycleRecord,
    CycleRequest,
    Trigger,
    WatchRequest,
    artifact_path,
)
from shared.watch_schedule import look
from triggers.answers import TaskStarted, part_of
from triggers.http import idempotency_key, json_response, read_model, read_query
from triggers.operations import IDEMPOTENCY_KEY, JSON, Content, door
from triggers.problems import Problem, not_found
from triggers.services import Services, durable_client, with_client

bp = df.Blueprint()
log = logging.getLogger("helpdesk.watch")

RETRY_AFTER_S = "2"


class Listing(Model):
    """Query of GET /watch/cycles."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class CycleStarted(TaskStarted):
    cycle_id: str
    steps: tuple[str, ...]


CycleShown = part_of(CycleRecord, "CycleShown", links=(dict[str, str], ...))


@bp.timer_trigger(schedule="%SWEEP_SCHEDULE%", arg_name="timer", use_monitor=False)
@durable_client(bp)
async def start_due_watch(timer: func.TimerRequest, client: str) -> None:
    """Look whether a cycle is due. What is due is kept with the cycles, so it outlives any downtime."""
    with with_client(client) as services:
        if not services.settings.watch_every_h:
            return
        try:
            await _look_at_the_clock(services)
        except Unavailable as error:
            log.warning("the watch could not look whether a cycle is due: %s", error)


async def _look_at_the_clock(services: Services) -> None:
    from activities.watch_start import skip_cycle, start_due_cycle
    from activities.watch_turn import set_due, watch_state

    known, now = services.settings, datetime.now(UTC)
    state = await watch_state(services)
    seen = look(state.due_at, now, known.watch_every, known.watch_window, known.business_zone)
    if seen.verdict == "wait":
        if state.due_at != seen.next_due_at:
            await set_due(seen.next_due_at, services)
    elif seen.verdict == "skip":
        why = f"maintenance window until {seen.next_due_at.isoformat()}"
        skipped = await skip_cycle(why, seen, now, known.tenant, services)
        log.info("watch cycle %s skipped: %s", skipped.cycle_id, why)
    else:
        request = _request(WatchRequest(), services, "catch_up" if seen.late else "schedule", seen.missed)
        if (cycle := await start_due_cycle(request, seen, now, services)) is not None:
            log.info("watch cycle %s started, %d missed", cycle, seen.missed)


@door(
    bp, body=WatchRequest, body_optional=True, headers=(IDEMPOTENCY_KEY,), answers={202: CycleStarted}, refuses=(409,)
)
async def post_watch(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """202 for the cycle that was asked for, 409 while another runs. A body is needed for a topic only."""
    from activities.watch_start import ask_for_cycle

    wanted = read_model(req, WatchRequest) if req.get_body() else WatchRequest()
    try:
        asked = await ask_for_cycle(_request(wanted, services), idempotency_key(req), datetime.now(UTC), services)
    except Conflict as error:
        raise Problem(409, "Conflict", str(error)) from error
    path = f"/api/task/{asked.cycle}"
    if not asked.is_own:
        raise Problem(409, "Conflict", f"cycle {asked.cycle} is running", headers={"Location": path})
    body = CycleStarted(
        task_id=asked.cycle,
        cycle_id=asked.cycle,
        workflow=WORKFLOW_OF["watch"],
        steps=CREW_TASKS,
        message=f"The crew collects, analyses, reports and alerts. Look at {path}.",
    )
    return json_response(body, 202, {"Location": path, "Retry-After": RETRY_AFTER_S})


def _request(wanted: WatchRequest, services: Services, trigger: Trigger = "request", missed: int = 0) -> CycleRequest:
    thresholds = services.settings.watch_thresholds
    return CycleRequest(topic=wanted.topic, trigger=trigger, missed=missed, thresholds=thresholds)


@door(bp, query=Listing, answers={200: CyclePage})
async def list_cycles(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    from activities.watch_records import cycles

    listing = read_query(req, Listing)
    try:
        before = None if listing.cursor is None else _cycle_id(listing.cursor)
    except ValidationError as error:
        raise InvalidCursor("the cursor is not one that a listing gave") from error
    return json_response(await cycles(services, listing.limit, before))


@door(bp, answers={200: CycleShown}, ids={"id": CycleId})
async def get_cycle(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """The record, with where each artifact can be read."""
    record = await _record(req, services)
    path = f"/api/watch/cycles/{record.cycle_id}/artifacts"
    links = {name: f"{path}/{name}" for name in record.artifacts}
    return json_response(record.model_dump(mode="json") | {"links": links})


@door(bp, answers={200: (Content(JSON, Any), Content("text/markdown"))}, ids={"id": CycleId})
async def get_cycle_artifact(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    name = req.route_params.get("name") or ""
    if name not in ARTIFACTS:
        raise not_found(f"artifact {name}; there are {', '.join(ARTIFACTS)}")
    record = await _record(req, services)
    try:
        content = await services.artifacts.read(artifact_path(record.cycle_id, name))
    except Permanent as error:
        raise not_found(f"{name} of the cycle {record.cycle_id}") from error
    return func.HttpResponse(content, mimetype=ARTIFACTS[name])


async def _record(req: func.HttpRequest, services: Services) -> CycleRecord:
    """Raises Problem 404, also for what cannot be an id."""
    from activities.watch_records import cycle

    given = req.route_params.get("id")
    try:
        record = await cycle(_cycle_id(given), services)
    except ValidationError as error:
        raise not_found(f"cycle {given}") from error
    if record is None:
        raise not_found(f"cycle {given}")
    return record


def _cycle_id(given: str | None) -> str:
    """Raises ValidationError."""
    return TypeAdapter(CycleId).validate_python(given)
