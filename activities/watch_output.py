"""What each step of the watch hands in: the agent's answer, completed by what only code may say, as artifacts."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from activities.watch_folder import keep
from activities.watch_material import Material
from shared.ports import Desk
from shared.watch import (
    AlertList,
    Candidate,
    Collection,
    CrewStep,
    Item,
    Pick,
    Severity,
    WatchAlert,
    WatchAlerts,
    WatchAnalysis,
    WatchBrief,
    WatchPicks,
    WatchPlan,
    WatchScores,
)
from shared.watch_brief import brief_text
from shared.watch_cycles import CrewOrder, Made, subject_of

COLLECTION, ANALYSIS, BRIEF, ALERTS = "collection.json", "analysis.json", "daily_brief.md", "alerts.json"
ACT_WITHIN: Mapping[Severity, timedelta | None] = {
    "critical": timedelta(hours=24), "warning": timedelta(days=7), "info": None,
}  # fmt: skip


class HandedIn(NamedTuple):
    """`told` is the output in a few words; a plan and a score are no artifacts."""

    told: str
    made: Made
    artifact: str | None = None


async def hand_in(order: CrewOrder, material: Material, answer: dict[str, Any], desk: Desk) -> HandedIn:
    """Keep the output of a step. A repeat writes the same again."""
    return await _HAND_IN[order.step](order, material, answer, desk)


async def _plan(_order: CrewOrder, material: Material, answer: dict[str, Any], _desk: Desk) -> HandedIn:
    plan = WatchPlan.model_validate(answer)
    told = f"{len(plan.assignments)} assignments, {len(material.candidates)} candidates"
    return HandedIn(told, Made(plan=plan))


async def _collect(order: CrewOrder, material: Material, answer: dict[str, Any], desk: Desk) -> HandedIn:
    found = {candidate.id: candidate for candidate in material.candidates}
    items = tuple(_item(pick, found[pick.candidate]) for pick in WatchPicks.model_validate(answer).picks)
    collection = Collection(items=items, candidates=len(found), degraded=material.degraded)
    artifact = await keep(order.cycle, COLLECTION, collection, desk)
    return HandedIn(f"{len(items)} items", Made(collection=collection), artifact)


async def _analyse(order: CrewOrder, _material: Material, answer: dict[str, Any], desk: Desk) -> HandedIn:
    analysis = WatchAnalysis.model_validate(answer)
    told = f"{len(analysis.trends)} trends, {len(analysis.opportunities)} opportunities, {len(analysis.risks)} risks"
    return HandedIn(told, Made(analysis=analysis), await keep(order.cycle, ANALYSIS, analysis, desk))


async def _report(order: CrewOrder, _material: Material, answer: dict[str, Any], desk: Desk) -> HandedIn:
    brief = WatchBrief.model_validate(answer)
    collection = order.made.collection
    text = brief_text(subject_of(order.topic), brief, collection.items if collection else ())
    told = f"{len(brief.findings)} findings"
    return HandedIn(told, Made(brief=brief), await keep(order.cycle, BRIEF, text, desk))


async def _alert(order: CrewOrder, _material: Material, answer: dict[str, Any], desk: Desk) -> HandedIn:
    alerts: list[WatchAlert] = []
    for draft in WatchAlerts.model_validate(answer).alerts:
        within = ACT_WITHIN[draft.severity]
        alerts.append(WatchAlert(**draft.model_dump(), act_by=order.until + within if within else None))
    kinds = ", ".join(f"{sum(one.severity == kind for one in alerts)} {kind}" for kind in ACT_WITHIN)
    made = AlertList(alerts=tuple(alerts))
    return HandedIn(kinds, Made(alerts=made), await keep(order.cycle, ALERTS, made, desk))


async def _score(_order: CrewOrder, _material: Material, answer: dict[str, Any], _desk: Desk) -> HandedIn:
    scores = WatchScores.model_validate(answer)
    return HandedIn(f"{scores.share:.2f} of 1", Made(scores=scores))


def _item(pick: Pick, candidate: Candidate) -> Item:
    """Where it comes from, when, and its figures are what code found, whatever the agent says."""
    return Item(
        id=candidate.id,
        title=candidate.title,
        source=candidate.source,
        date=candidate.date,
        summary=pick.summary,
        impact=pick.impact,
        category=pick.category,
        tags=pick.tags,
        figures=candidate.figures,
    )


type _Keeping = Callable[[CrewOrder, Material, dict[str, Any], Desk], Awaitable[HandedIn]]
_HAND_IN: Mapping[CrewStep, _Keeping] = {
    "plan": _plan, "collect": _collect, "analyse": _analyse, "report": _report, "alert": _alert, "score": _score,
}  # fmt: skip
