"""One step of the watch's crew: read what the steps before have made, ask one agent, keep what comes of it."""

import sys
import time
from typing import Any

from activities.watch_folder import keep, kept, step_name
from activities.watch_material import Material, find_material
from activities.watch_output import hand_in
from agents.asking import ask
from agents.watch import CREW
from shared.exchanged import Thought
from shared.masking import mask
from shared.ports import Desk
from shared.watch import NEEDS, WatchQuestion
from shared.watch_cycles import CrewOrder, StepReport, subject_of

MATERIAL = step_name("material")


async def do_crew_task(order: CrewOrder, desk: Desk) -> Thought:
    """The thought's answer is a StepReport; what was made is in it, and an artifact.

    A step that a worker had done when it was killed before it could say so is not thought about again.
    """
    if (done := await kept(order.cycle, step_name(order.step), Thought, desk)) is not None:
        return done
    began_s = time.perf_counter()
    material = await _material(order, desk)
    thought = await ask(CREW[order.step], _question(order, material), desk.models, desk)
    told, made, artifact = await hand_in(order, material, thought.answer, desk)
    report = StepReport(
        step=order.step,
        agent=thought.agent,
        told=told,
        made=made,
        artifact=artifact,
        work_ms=round((time.perf_counter() - began_s) * 1_000),
        peak_memory_mb=peak_memory_mb(),
        sources_asked=material.asked if order.step == "plan" else 0,
    )
    update = {"answer": report.model_dump(mode="json"), "degraded": (*thought.degraded, *material.degraded)}
    done = thought.model_copy(update=update)
    await keep(order.cycle, step_name(order.step), done, desk)
    return done


def peak_memory_mb() -> float | None:
    """The most that this worker has held since it began; None on Windows, which does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    per_mb = 1024 * 1024 if sys.platform == "darwin" else 1024
    return round(peak / per_mb, 1)


async def _material(order: CrewOrder, desk: Desk) -> Material:
    """Found once a cycle, for the manager and the collector: all speak of the same figures, also after a retry."""
    if (collection := order.made.collection) is not None:
        return Material(candidates=(), degraded=collection.degraded)
    if (found := await kept(order.cycle, MATERIAL, Material, desk)) is None:
        found = await find_material(order.topic, order.tenant, order.until, desk)
        await keep(order.cycle, MATERIAL, found, desk)
    return found


def _question(order: CrewOrder, material: Material) -> WatchQuestion:
    """What the step builds on, and no more."""
    made = order.made
    asked = WatchQuestion(
        subject=mask(subject_of(order.topic))[0], assignment=order.instructions, degraded=material.degraded
    )
    if order.step == "plan":
        crew = {str(task): tuple(map(str, needs)) for task, needs in NEEDS.items()}
        return asked.model_copy(update={"candidates": material.candidates, "crew": crew})
    if order.step == "collect":
        return asked.model_copy(update={"candidates": material.candidates})
    update: dict[str, Any] = {"items": made.collection.items if made.collection else None}
    if order.step != "analyse":
        update["analysis"] = made.analysis
    if order.step == "score":
        update["brief"] = made.brief
    return asked.model_copy(update=update)
