"""One step of the watch's crew: read what the steps before have made, ask one agent, keep what comes of it."""

import sys
import time

from activities.watch_folder import keep, kept, step_name
from activities.watch_material import Material, find_material
from activities.watch_output import ANALYSIS, COLLECTION, WRITTEN, hand_in
from agents.asking import ask
from agents.watch import CREW
from shared.desk import Thought
from shared.errors import Permanent
from shared.masking import mask
from shared.model import Model
from shared.ports import Desk
from shared.watch import NEEDS, Collection, WatchAnalysis, WatchBrief, WatchPlan, WatchQuestion
from shared.watch_cycles import CrewOrder, PlanMade, StepReport, subject_of

MATERIAL = step_name("material")


async def do_crew_task(order: CrewOrder, desk: Desk) -> Thought:
    """The thought's answer is a StepReport, for the plan a PlanMade; the output itself is an artifact.

    A step that a worker had done when it was killed before it could say so is not thought about again.
    """
    if (done := await kept(order.cycle, step_name(order.step), Thought, desk)) is not None:
        return done
    began_s = time.perf_counter()
    material = await _material(order, desk)
    thought = await ask(CREW[order.step], await _question(order, material, desk), desk.models, desk)
    told, artifact = await hand_in(order, material, thought.answer, desk)
    report = StepReport(
        step=order.step,
        agent=thought.agent,
        told=told,
        artifact=artifact,
        work_ms=round((time.perf_counter() - began_s) * 1_000),
        peak_memory_mb=peak_memory_mb(),
        sources_asked=material.asked if order.step == "plan" else 0,
    )
    plan = WatchPlan.model_validate(thought.answer) if order.step == "plan" else None
    handed_in: Model = report if plan is None else PlanMade(plan=plan, report=report)
    update = {"answer": handed_in.model_dump(mode="json"), "degraded": (*thought.degraded, *material.degraded)}
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
    """Found once a cycle: all of the crew, also after a retry, speak of the same figures."""
    if (found := await kept(order.cycle, MATERIAL, Material, desk)) is None:
        found = await find_material(order.topic, order.tenant, order.until, desk)
        await keep(order.cycle, MATERIAL, found, desk)
    return found


async def _question(order: CrewOrder, material: Material, desk: Desk) -> WatchQuestion:
    """What the step builds on, and no more. Raises Permanent where a step before it left nothing."""
    asked = WatchQuestion(
        subject=mask(subject_of(order.topic))[0], assignment=order.instructions, degraded=material.degraded
    )
    match order.step:
        case "plan":
            update = {"candidates": material.candidates, "crew": {task: tuple(needs) for task, needs in NEEDS.items()}}
        case "collect":
            update = {"candidates": material.candidates}
        case "analyse":
            update = {"items": (await _made(order, COLLECTION, Collection, desk)).items}
        case "report" | "alert":
            collection = await _made(order, COLLECTION, Collection, desk)
            update = {"items": collection.items, "analysis": await _made(order, ANALYSIS, WatchAnalysis, desk)}
        case "score":
            collection = await _made(order, COLLECTION, Collection, desk)
            analysis = await _made(order, ANALYSIS, WatchAnalysis, desk)
            brief = await _made(order, WRITTEN, WatchBrief, desk)
            update = {"items": collection.items, "analysis": analysis, "brief": brief}
    return asked.model_copy(update=update)


async def _made[M: Model](order: CrewOrder, name: str, kind: type[M], desk: Desk) -> M:
    made = await kept(order.cycle, name, kind, desk)
    if made is None:
        raise Permanent(f"{order.step} builds on {name}, which is not there")
    return made
