"""The schedule: what time alone makes due."""

import logging
from datetime import UTC, datetime

import azure.durable_functions as df
import azure.functions as func

from triggers.services import services

bp = df.Blueprint()
log = logging.getLogger("helpdesk.schedule")

SWEEP_LIMIT = 500


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
