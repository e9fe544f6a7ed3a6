"""How the watch's crew does its share by rules: it sorts by what code has counted, and repeats it word for word."""

from collections.abc import Iterable

from adapters.offline_words import terms
from shared.watch import (
    CREW_TASKS,
    MOST_ITEMS,
    NEEDS,
    AlertDraft,
    Assignment,
    Candidate,
    Item,
    Pick,
    Severity,
    Statement,
    WatchAlerts,
    WatchAnalysis,
    WatchBrief,
    WatchPicks,
    WatchPlan,
    WatchQuestion,
    WatchScores,
)

LINE_CHARS = 500
TOLD_IN_SUMMARY = 5
WORDS_OF_A_LINE = 35
"""Five lines of so many words, and the first sentence, stay below 200."""
HANDS = {
    "collect": "Take what is measured highest first: broken promises, what recurs, what is missing, what has grown.",
    "analyse": "Compare the day with the one before; name what recurs and what is missing.",
    "report": "Put the gravest first and repeat the figures as they stand.",
    "alert": "Alert for impact 5 as critical and for impact 4 as a warning.",
}
ADVICE = {
    "sla_risk": "Work first on the tickets that are late or wait for a decision",
    "recurring": "Look for the one cause behind the tickets that are alike",
    "knowledge_gap": "Write the article that is missing",
    "service": "Follow the disturbance and tell those who wait",
}
OPPORTUNITIES = frozenset(("recurring", "knowledge_gap"))


def watch_plan(asked: str) -> WatchPlan:
    """Each task with what it cannot do without, and no more."""
    question = WatchQuestion.model_validate_json(asked)
    told = f" Without {', '.join(question.degraded)}." if question.degraded else ""
    assignments = tuple(
        Assignment(task=task, needs=NEEDS[task], instructions=HANDS[task] + told) for task in CREW_TASKS
    )
    return WatchPlan(assignments=assignments, why="The order follows from what each task cannot do without.")


def watch_picks(asked: str) -> WatchPicks:
    """The candidates of the highest impact, in the order in which they were found where that is the same."""
    question = WatchQuestion.model_validate_json(asked)
    found = sorted(question.candidates or (), key=lambda candidate: -_impact(candidate))
    return WatchPicks(picks=tuple(_pick(candidate) for candidate in found[:MOST_ITEMS]))


def watch_analysis(asked: str) -> WatchAnalysis:
    """What recurs or is missing is an opportunity, of impact 4 or 5 a risk; the rest shows how things go."""
    items = WatchQuestion.model_validate_json(asked).items or ()
    risks = [item for item in items if item.impact >= 4]
    return WatchAnalysis(
        trends=_statements(item for item in items if item.category not in OPPORTUNITIES),
        opportunities=_statements(item for item in items if item.category in OPPORTUNITIES),
        risks=_statements(risks),
    )


def watch_brief(asked: str) -> WatchBrief:
    question = WatchQuestion.model_validate_json(asked)
    items, analysis = question.items or (), question.analysis
    gravest = [" ".join(item.summary.split()[:WORDS_OF_A_LINE]) for item in items[:TOLD_IN_SUMMARY]]
    opening = f"What was found about {question.subject}." if items else f"Nothing was found about {question.subject}."
    statements = (*analysis.risks, *analysis.trends, *analysis.opportunities) if analysis else ()
    body = "\n\n".join(dict.fromkeys(statement.text for statement in statements))
    graver = dict.fromkeys(item.category for item in items if item.impact >= 3)
    return WatchBrief(
        executive_summary=" ".join((opening, *gravest)),
        findings=tuple(_line(f"{item.title}: {item.summary}") for item in items),
        analysis=body or "There is nothing to compare.",
        recommendations=tuple(f"{ADVICE[category]}." for category in graver if category in ADVICE),
    )


def watch_alerts(asked: str) -> WatchAlerts:
    items = WatchQuestion.model_validate_json(asked).items or ()
    severities: dict[int, Severity] = {5: "critical", 4: "warning", 3: "info"}
    return WatchAlerts(
        alerts=tuple(
            AlertDraft(severity=severity, title=item.title[:200], why=_line(item.summary), items=(item.id,))
            for item in items
            if (severity := severities.get(item.impact)) is not None
        )
    )


def watch_scores(asked: str) -> WatchScores:
    """Rules judge what they can count: which items the brief repeats, and whether the grave ones have advice."""
    question = WatchQuestion.model_validate_json(asked)
    brief, items = question.brief, question.items or ()
    if brief is None:
        return WatchScores(grounded=1, complete=1, clear=1, actionable=1, why="There is no brief.")
    told = terms(" ".join((brief.executive_summary, *brief.findings, brief.analysis))).keys()
    known = terms(" ".join((question.subject, *(f"{item.title} {item.summary}" for item in items)))).keys()
    grave = [item for item in items if item.impact >= 4]
    covered = [item for item in grave if terms(item.summary).keys() <= told]
    return WatchScores(
        grounded=_mark(len(told & known), len(told)),
        complete=_mark(len(covered), len(grave)),
        clear=10 if len(brief.executive_summary.split()) <= 120 else 7,
        actionable=10 if brief.recommendations or not grave else 1,
        why="Counted by rules: words that the items have, grave items told, length, and whether there is advice.",
    )


def _impact(candidate: Candidate) -> int:
    """5 for a promise broken, 4 for one in danger or a service down, 3 for what recurs, is missing or has grown."""
    figures = candidate.figures
    if figures.get("breached"):
        return 5
    if figures.get("at_risk") or figures.get("down"):
        return 4
    if candidate.category in OPPORTUNITIES or figures.get("count", 0) > 2 * figures.get("before", 0) > 0:
        return 3
    return 2 if any(figures.values()) or not figures else 1


def _pick(candidate: Candidate) -> Pick:
    return Pick(
        candidate=candidate.id,
        summary=_line(candidate.summary),
        impact=_impact(candidate),
        category=candidate.category[:40],
        tags=tuple(dict.fromkeys((candidate.category[:40], candidate.id.partition("-")[0][:40]))),
    )


def _statements(items: Iterable[Item]) -> tuple[Statement, ...]:
    return tuple(
        Statement(text=_line(item.summary), items=(item.id,), priority=2 * item.impact) for item in list(items)[:8]
    )


def _line(text: str) -> str:
    """Cut between words: half a number would be another one."""
    return text if len(text) <= LINE_CHARS else text[:LINE_CHARS].rpartition(" ")[0] or text[:LINE_CHARS]


def _mark(part: int, whole: int) -> int:
    """From 1 to 10; what is complete of nothing is complete."""
    return 10 if not whole else max(1, round(10 * part / whole))
