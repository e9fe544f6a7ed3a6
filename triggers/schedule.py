"""The schedule: what time alone makes due."""

import logging
from datetime import UTC, datetime, timedelta

import azure.durable_functions as df
import azure.functions as func

from triggers.services import durable_client, services, with_client

bp = df.Blueprint()
log = logging.getLogger("helpdesk.schedule")

SWEEP_LIMIT = 500
RETENTION_SCHEDULE = "0 17 3 * * *"
"""Once a day, when little else runs."""


@bp.timer_trigger(schedule="%SWEEP_SCHEDULE%", arg_name="timer", use_monitor=False)
async def close_resolved_tickets(timer: func.TimerRequest) -> None:
    """Publish that tickets are closed whose window for reopening is over; no instance waits for that."""
    from activities.record import record

    at = datetime.now(UTC)
    due = await services().archive.due_to_close(at, SWEEP_LIMIT)
    for document in due:
        closed = document.model_copy(update={"status": "closed", "version": document.version + 1, "updated_at": at})
        await record(closed, services())
    if due:
        log.info("closed %d tickets", len(due))


@bp.timer_trigger(schedule=RETENTION_SCHEDULE, arg_name="timer")
@durable_client(bp)
async def purge_expired(timer: func.TimerRequest, client: str) -> None:
    """Let go of durable instances and blobs that are older than RETENTION_DAYS; the archive keeps its masked view."""
    from activities.retain import purge

    with with_client(client) as desk:
        policy = desk.settings.policy
        purged, blobs = await purge(
            desk.durable,
            desk.artifacts,
            desk.dead_letters,
            datetime.now(UTC),
            timedelta(days=desk.settings.retention_days),
            timedelta(seconds=policy.reopen_window_s),
        )
    log.info("purged %d instances and %d blobs", purged, blobs)
