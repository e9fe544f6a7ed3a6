"""The watch: what the crew of one cycle is asked, and what it hands in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints

from shared.model import Model
from shared.tickets import Text

FEWEST_ITEMS, MOST_ITEMS = 5, 10
SUMMARY_WORDS = 200

CrewTask = Literal["collect", "analyse", "report", "alert"]
CREW_TASKS: tuple[CrewTask, ...] = get_args(CrewTask)
CrewStep = Literal["plan", "collect", "analyse", "report", "alert", "score"]
NEEDS: Mapping[CrewTask, tuple[CrewTask, ...]] = {
    "collect": (),
    "analyse": ("collect",),
    "report": ("collect", "analyse"),
    "alert": ("analyse",),
}
"""What each task cannot do without; a manager's plan may add to it."""

Score = Annotated[int, Field(ge=1, le=10)]
ItemIds = Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_ITEMS)]
Sentence = Annotated[Text, StringConstraints(max_length=600)]


class Assignment(Model):
    """What the manager asks of one task; `needs` names the tasks whose output it builds on."""

    task: CrewTask
    needs: Annotated[tuple[CrewTask, ...], Field(max_length=3)]
    instructions: Annotated[Text, StringConstraints(max_length=1_000)]


class WatchPlan(Model):
    """The manager's answer: each task once."""

    assignments: Annotated[tuple[Assignment, ...], Field(min_length=4, max_length=4)]
    why: Annotated[str, Field(max_length=1_000)]


class Candidate(Model):
    """Something that code found and measured; `figures` are what may be said of it in numbers."""

    id: str
    title: Annotated[str, Field(max_length=300)]
    source: str
    date: datetime | None = None
    summary: Annotated[str, Field(max_length=1_000)]
    category: str
    figures: dict[str, float] = {}


class Pick(Model):
    """A candidate that the collector takes, and how it sees it."""

    candidate: str
    summary: Sentence
    impact: Annotated[int, Field(ge=1, le=5, description="5 is felt by everybody, 1 by hardly anybody")]
    category: Annotated[Text, StringConstraints(max_length=40)]
    tags: Annotated[tuple[Annotated[Text, StringConstraints(max_length=40)], ...], Field(max_length=6)]


class WatchPicks(Model):
    """The collector's answer, the most important first."""

    picks: Annotated[tuple[Pick, ...], Field(max_length=MOST_ITEMS)]


class Item(Model):
    """One of the collected: title, source, date and figures are the candidate's own, the rest the collector's."""

    id: str
    title: str
    source: str
    date: datetime | None = None
    summary: str
    impact: int
    category: str
    tags: tuple[str, ...]
    figures: dict[str, float] = {}


class Collection(Model):
    """The artifact `collection.json`; `candidates` is how many there were to choose from."""

    items: tuple[Item, ...]
    candidates: int
    degraded: tuple[str, ...] = ()


class Statement(Model):
    """What the analyst holds to be so, the items that it rests on, and how much it matters."""

    text: Sentence
    items: ItemIds
    priority: Score


Statements = Annotated[tuple[Statement, ...], Field(max_length=8)]


class WatchAnalysis(Model):
    """The analyst's answer, and the artifact `analysis.json`."""

    trends: Statements
    opportunities: Statements
    risks: Statements


class WatchBrief(Model):
    """The writer's answer; code adds sources and quality, so that neither is invented."""

    executive_summary: Annotated[Text, StringConstraints(max_length=3_000)]
    findings: Annotated[tuple[Sentence, ...], Field(max_length=MOST_ITEMS)]
    analysis: Annotated[Text, StringConstraints(max_length=6_000)]
    recommendations: Annotated[tuple[Sentence, ...], Field(max_length=8)]


Severity = Literal["critical", "warning", "info"]


class AlertDraft(Model):
    """Critical wants somebody within a day, a warning within the week; info is to be known."""

    severity: Severity
    title: Annotated[Text, StringConstraints(max_length=200)]
    why: Sentence
    items: ItemIds


class WatchAlerts(Model):
    """The alert coordinator's answer."""

    alerts: Annotated[tuple[AlertDraft, ...], Field(max_length=MOST_ITEMS)]


class WatchAlert(AlertDraft):
    """An alert as the artifact `alerts.json` has it; code sets until when it wants to be acted upon."""

    act_by: datetime | None = None


class AlertList(Model):
    alerts: tuple[WatchAlert, ...]


class WatchScores(Model):
    """The scoring agent's answer: one mark for each line of its rubric."""

    grounded: Score
    complete: Score
    clear: Score
    actionable: Score
    why: Annotated[str, Field(max_length=1_000)]

    @property
    def share(self) -> float:
        return (self.grounded + self.complete + self.clear + self.actionable) / 40


class WatchQuestion(Model):
    """What an agent of the crew is given; each sees what its task builds on, and nothing else."""

    subject: str
    assignment: str | None = None
    crew: dict[str, tuple[str, ...]] | None = None
    candidates: tuple[Candidate, ...] | None = None
    items: tuple[Item, ...] | None = None
    analysis: WatchAnalysis | None = None
    brief: WatchBrief | None = None
    degraded: tuple[str, ...] = ()


def problem_with_watch_plan(plan: WatchPlan) -> str | None:
    """Each task once, nothing missing that it cannot do without, and no circle."""
    given: dict[CrewTask, Assignment] = {assignment.task: assignment for assignment in plan.assignments}
    if missing := [task for task in CREW_TASKS if task not in given]:
        return f"no assignment for {', '.join(missing)}"
    for task, assignment in given.items():
        if lost := [need for need in NEEDS[task] if need not in assignment.needs]:
            return f"{task} must build on {', '.join(lost)}"
    return None if len(in_order(plan)) == len(CREW_TASKS) else "the needs go round in a circle"


def in_order(plan: WatchPlan) -> tuple[Assignment, ...]:
    """Each assignment after those that it needs; what stands in a circle is left out."""
    ordered: list[Assignment] = []
    waiting = sorted(plan.assignments, key=lambda assignment: CREW_TASKS.index(assignment.task))
    while ready := [one for one in waiting if set(one.needs) <= {done.task for done in ordered}]:
        ordered.append(ready[0])
        waiting.remove(ready[0])
    return tuple(ordered)
