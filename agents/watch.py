"""The crew of the watch: a manager, a collector, an analyst, a writer, an alert coordinator, and who scores them."""

import re
from collections.abc import Mapping

from agents.leaving import may_not_be_published
from agents.spec import AgentSpec
from shared.content import word_count
from shared.model import Model, texts_in
from shared.watch import (
    FEWEST_ITEMS,
    SUMMARY_WORDS,
    CrewStep,
    WatchAlerts,
    WatchAnalysis,
    WatchBrief,
    WatchPicks,
    WatchPlan,
    WatchQuestion,
    WatchScores,
    problem_with_watch_plan,
)

PICKS_PROMPT, ANALYSIS_PROMPT = "watch_collector.md", "watch_analyst.md"
BRIEF_PROMPT, ALERTS_PROMPT = "watch_writer.md", "watch_alerts.md"
GROUP = "watch"
"""These agents share a rate limit of their own (MODEL_GROUP_LIMITS)."""
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def check_plan(plan: WatchPlan, _question: WatchQuestion) -> str | None:
    return problem_with_watch_plan(plan)


def check_picks(picks: WatchPicks, question: WatchQuestion) -> str | None:
    """Refuse what was not there to be picked, and a collection that leaves too much out."""
    there = {candidate.id for candidate in question.candidates or ()}
    taken = [pick.candidate for pick in picks.picks]
    if unknown := [identity for identity in taken if identity not in there]:
        return f"no such candidates: {', '.join(unknown)}"
    if len(set(taken)) < len(taken):
        return "a candidate was picked twice"
    if len(taken) < (fewest := min(FEWEST_ITEMS, len(there))):
        return f"pick at least {fewest}"
    return _untold(picks, question, PICKS_PROMPT)


def check_analysis(analysis: WatchAnalysis, question: WatchQuestion) -> str | None:
    statements = (*analysis.trends, *analysis.opportunities, *analysis.risks)
    if not statements and question.items:
        return "there are items, and nothing is said of them"
    return _unknown_items([statement.items for statement in statements], question) or _untold(
        analysis, question, ANALYSIS_PROMPT
    )


def check_brief(brief: WatchBrief, question: WatchQuestion) -> str | None:
    if (words := word_count(brief.executive_summary)) > SUMMARY_WORDS:
        return f"the executive summary has {words} words; it may have {SUMMARY_WORDS}"
    if any(line.startswith("#") for line in (*brief.executive_summary.splitlines(), *brief.analysis.splitlines())):
        return "headings are set by code: write paragraphs"
    return _untold(brief, question, BRIEF_PROMPT)


def check_alerts(alerts: WatchAlerts, question: WatchQuestion) -> str | None:
    return _unknown_items([alert.items for alert in alerts.alerts], question) or _untold(
        alerts, question, ALERTS_PROMPT
    )


def _unknown_items(cited: list[tuple[str, ...]], question: WatchQuestion) -> str | None:
    there = {item.id for item in question.items or ()}
    unknown = sorted({identity for items in cited for identity in items} - there)
    return f"no such items: {', '.join(unknown)}" if unknown else None


def _untold(answer: Model, question: WatchQuestion, prompt: str) -> str | None:
    """What must not leave. Numbers are counted by code: one that stands nowhere in the question was made up."""
    told = tuple(texts_in(answer.model_dump(mode="json")))
    given = set(NUMBER.findall(question.model_dump_json()))
    invented = sorted({number for number in NUMBER.findall(" ".join(told)) if number not in given})
    if invented:
        return f"numbers that stand nowhere in what you were given: {', '.join(invented)}"
    return may_not_be_published(told, question, prompt)


CREW: Mapping[CrewStep, AgentSpec] = {
    "plan": AgentSpec("watch-manager", WatchPlan, "watch_manager.md", check=check_plan, group=GROUP),
    "collect": AgentSpec("watch-collector", WatchPicks, PICKS_PROMPT, check=check_picks, group=GROUP),
    "analyse": AgentSpec("watch-analyst", WatchAnalysis, ANALYSIS_PROMPT, check=check_analysis, group=GROUP),
    "report": AgentSpec("watch-writer", WatchBrief, BRIEF_PROMPT, check=check_brief, group=GROUP),
    "alert": AgentSpec("watch-alert-coordinator", WatchAlerts, ALERTS_PROMPT, check=check_alerts, group=GROUP),
    "score": AgentSpec("watch-scorer", WatchScores, "watch_scorer.md", group=GROUP),
}
