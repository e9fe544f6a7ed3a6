"""A cycle of the watch at its beginning and at its end: it takes the watch, it leaves a record of what was measured."""

from activities.watch_crew import peak_memory_mb
from activities.watch_folder import keep
from activities.watch_output import ALERTS, ANALYSIS, BRIEF, COLLECTION
from activities.watch_records import cycles
from activities.watch_turn import take_watch
from shared.errors import Conflict
from shared.exchanged import Done
from shared.model import Model
from shared.ports import Desk
from shared.watch import CREW_TASKS
from shared.watch_brief import brief_text, checks
from shared.watch_cycles import (
    ARTIFACTS,
    RESULTS,
    CycleMetrics,
    CycleOutcome,
    CycleRecord,
    CycleStart,
    Made,
    crossed_thresholds,
    subject_of,
)

LAST_CYCLES = 10
"""So many, with the one at hand, make up the success rate."""


async def begin_cycle(start: CycleStart, desk: Desk) -> Done:
    """Take the watch, also for a cycle that comes back from the dead letters, and record that it runs.

    Raises Conflict while another cycle has it.
    """
    if (busy := await take_watch(start.cycle, start.at, desk)) is not None:
        raise Conflict(f"cycle {busy} is running")
    await keep(start.cycle, RESULTS, _record(start), desk)
    return Done()


async def finish_cycle(outcome: CycleOutcome, desk: Desk) -> CycleRecord:
    """Measure, write what was made with its quality, and record the cycle. A repeat writes the same anew."""
    start, made = outcome.start, outcome.made
    metrics = _metrics(outcome, await _earlier_successes(start.cycle, desk))
    texts = _artifacts(start, made, metrics)
    for name, content in texts.items():
        await keep(start.cycle, name, content, desk)
    record = _record(start).model_copy(
        update={
            "status": "completed" if metrics.success else "failed",
            "ended_at": outcome.ended_at,
            "reason": outcome.failure,
            "metrics": metrics,
            "crossed": crossed_thresholds(metrics, outcome.thresholds),
            "artifacts": tuple(name for name in ARTIFACTS if name == RESULTS or name in texts),
            "degraded": outcome.degraded,
        }
    )
    await keep(start.cycle, RESULTS, record, desk)
    return record


def _artifacts(start: CycleStart, made: Made, metrics: CycleMetrics) -> dict[str, Model | str]:
    """All that was made, once more: what storage has lost since, it has again, and the brief tells its quality."""
    texts: dict[str, Model | str | None] = {COLLECTION: made.collection, ANALYSIS: made.analysis, ALERTS: made.alerts}
    if made.brief is not None and made.collection is not None:
        texts[BRIEF] = brief_text(subject_of(start.topic), made.brief, made.collection.items, metrics)
    return {name: content for name, content in texts.items() if content is not None}


def _metrics(outcome: CycleOutcome, earlier: list[bool]) -> CycleMetrics:
    made = outcome.made
    done = [report for report in outcome.reports if report.step in CREW_TASKS]
    success = outcome.failure is None and len(done) == len(CREW_TASKS)
    execution_s = (outcome.ended_at - outcome.start.at).total_seconds()
    work_s = sum(report.work_ms for report in outcome.reports) / 1_000
    text = brief_text("", made.brief, made.collection.items) if made.brief and made.collection else None
    held = checks(made.collection, made.analysis, text, made.brief, made.alerts)
    share = sum(check.passed for check in held) / len(held)
    successes = [*earlier, success]
    memory = [peak_memory_mb(), *(report.peak_memory_mb for report in outcome.reports)]
    return CycleMetrics(
        execution_s=round(execution_s, 3),
        success=success,
        tasks_completed=len(done),
        agents_used=tuple(dict.fromkeys(report.agent for report in outcome.reports)),
        # Half for what code can tell, half for what it takes a reader to tell.
        quality_score=round((share + made.scores.share) / 2, 3) if made.scores else round(share / 2, 3),
        rubric=made.scores.model_dump(exclude={"why"}) if made.scores else None,
        checks=held,
        cost_usd=outcome.usage.cost_usd,
        usage=outcome.usage,
        attempts=outcome.attempts,
        error_count=outcome.errors,
        error_rate=round(outcome.errors / max(1, outcome.attempts), 4),
        retry_attempts=outcome.retries,
        success_rate=round(sum(successes) / len(successes), 4),
        peak_memory_mb=max((most for most in memory if most is not None), default=None),
        api_calls=outcome.usage.model_calls + sum(report.sources_asked for report in outcome.reports),
        work_s=work_s,
        efficiency=round(work_s / execution_s, 4) if execution_s > 0 else 0.0,
    )


async def _earlier_successes(cycle: str, desk: Desk) -> list[bool]:
    """Of the cycles before this one; a skipped one is neither a success nor a failure."""
    page = await cycles(desk, 2 * LAST_CYCLES, before=cycle)
    return [record.status == "completed" for record in page.items if record.status in ("completed", "failed")][
        : LAST_CYCLES - 1
    ]


def _record(start: CycleStart) -> CycleRecord:
    return CycleRecord(
        cycle_id=start.cycle,
        status="running",
        trigger=start.trigger,
        missed=start.missed,
        subject=subject_of(start.topic),
        started_at=start.at,
    )
