"""The evaluation as a table, as JSON and as a Markdown page with the confusion matrix and the cases that failed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.table import Column, Table

from evaluation.calibration import Reliability, lowest_floor, of_category, of_closing, reliability
from evaluation.judging import LINES, Scores
from evaluation.marks import AT_MOST
from evaluation.metrics import (
    Figures,
    Judged,
    category_right,
    confusion,
    false_auto_resolve,
    priority_within_one,
)
from shared.model import Model

FOLDER = Path(".local") / "evaluation"
MOST_WORST = 10
NOT_JUDGED = "Not judged: the offline rules answer in quotations, and no model is configured that could judge them."


class Belief(Model):
    """How far confidence can be believed, and from which AUTO_RESOLVE_FLOOR wrong closings are within the mark."""

    category: Reliability
    closing: Reliability
    lowest_floor: float


def table(parts: Mapping[str, Figures]) -> Table:
    first = Column("Figure", no_wrap=True)
    shown = Table(first, *parts, title="The whole desk on labelled tickets")
    for name in Figures.model_fields:
        shown.add_row(name, *(f"{getattr(told, name):.4g}" for told in parts.values()))
    return shown


def faults(judged: Judged) -> list[str]:
    """What the desk got wrong about one ticket, in words."""
    case, outcome = judged
    found: list[str] = []
    if not case.is_hostile and not category_right(case, outcome):
        found.append(f"category {outcome.category}, wanted {' or '.join(case.categories)}")
    if not case.is_hostile and "not_a_ticket" not in case.categories and not priority_within_one(case, outcome):
        found.append(f"priority {outcome.priority}, wanted {' or '.join(case.priorities)}")
    if "p1" in case.tags and outcome.priority != "P1":
        found.append(f"a P1 taken for {outcome.priority}")
    if case.escalation == "forbidden" and outcome.has_person:
        found.append(f"a person was bothered: {outcome.why_person}")
    if wrong := false_auto_resolve(case, outcome):
        found.append(wrong)
    if case.duplicate_of and case.duplicate_of not in outcome.similar:
        found.append("the ticket it repeats was not found")
    return [*found, outcome.error] if outcome.error else found


def belief(judged: Sequence[Judged]) -> Belief:
    closing = of_closing(judged)
    return Belief(
        category=reliability(of_category(judged)),
        closing=reliability(closing),
        lowest_floor=lowest_floor(closing, len(judged), AT_MOST["false_auto_resolve"]),
    )


def belief_tables(believed: Belief) -> list[Table]:
    """How often what was claimed with so much confidence was right, on the held-out tickets."""
    tables: list[Table] = []
    for title, told in (("Category, by the analyst", believed.category), ("Closing it alone", believed.closing)):
        shown = Table("Confidence", "Number", "Mean", "Right", title=f"{title} (ECE {told.ece:.3f})")
        for row in _rows(told):
            shown.add_row(*row)
        tables.append(shown)
    return tables


def score_tables(scored: Scores | None) -> list[Table | str]:
    if scored is None:
        return [NOT_JUDGED]
    shown = Table("Rubric", "Mean of 5", title=f"{len(scored.marks)} answers judged by {scored.model}")
    for line in LINES:
        shown.add_row(line, f"{scored.mean(line):.2f}")
    return [shown]


def write(
    parts: Mapping[str, Figures],
    believed: Belief,
    scored: Scores | None,
    judged: Sequence[Judged],
    folder: Path = FOLDER,
) -> Path:
    """Write report.json and report.md; gives the page."""
    folder.mkdir(parents=True, exist_ok=True)
    failed = {case.id: said for case, outcome in judged if (said := faults((case, outcome)))}
    told = {
        "figures": {part: of.model_dump() for part, of in parts.items()},
        "confidence": believed.model_dump(),
        "judged": scored.model_dump() if scored else None,
        "failed": failed,
        "outcomes": {outcome.case: outcome.model_dump(mode="json") for _, outcome in judged},
    }
    (folder / "report.json").write_text(json.dumps(told, indent=2, ensure_ascii=False), encoding="utf-8")
    page = folder / "report.md"
    sections = (_figures(parts), _confidence(believed), _scores(scored), _confusion(judged), _failed(failed))
    page.write_text("# Evaluation\n\n" + "\n\n".join(sections) + "\n", encoding="utf-8")
    return page


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|---|" + "---|" * (len(head) - 1)]
    return "\n".join((*lines, *(f"| {' | '.join(row)} |" for row in rows)))


def _figures(parts: Mapping[str, Figures]) -> str:
    rows = ((name, *(f"{getattr(told, name):.4g}" for told in parts.values())) for name in Figures.model_fields)
    return _grid(("Figure", *parts), rows)


def _rows(told: Reliability) -> list[tuple[str, ...]]:
    return [
        (f"{one.low:.1f} to {one.high:.1f}", str(one.count), f"{one.confidence:.3f}", f"{one.accuracy:.3f}")
        for one in told.bins
    ]


def _confidence(believed: Belief) -> str:
    head = ("Confidence", "Number", "Mean", "Right")
    return "\n\n".join(
        (
            "## Confidence on the held-out tickets",
            f"Of the category, by the analyst; expected calibration error {believed.category.ece:.3f}:",
            _grid(head, _rows(believed.category)),
            f"Of closing a ticket alone; expected calibration error {believed.closing.ece:.3f}. From "
            f"{believed.lowest_floor:.2f} on wrong closings are within the mark:",
            _grid(head, _rows(believed.closing)),
        )
    )


def _scores(scored: Scores | None) -> str:
    head = "## Quality of the answers"
    if scored is None:
        return f"{head}\n\n{NOT_JUDGED}"
    means = _grid(("Rubric", "Mean of 5"), ((line, f"{scored.mean(line):.2f}") for line in LINES))
    worst = sorted(scored.marks.items(), key=lambda one: one[1].share)[:MOST_WORST]
    said = [f"- `{case}`: {marks.share:.2f}, {marks.why}" for case, marks in worst]
    said += [f"- `{case}`: not judged: {why}" for case, why in scored.failed.items()]
    cost = f"{len(scored.marks)} answers, judged by {scored.model} for {scored.usage.cost_usd:.4f} USD."
    return "\n\n".join((head, cost, means, "\n".join(said)))


def _confusion(judged: Sequence[Judged]) -> str:
    counts = confusion(judged)
    given = sorted({label for pair in counts for label in pair})
    rows = ((row, *(str(counts[row, column] or "") for column in given)) for row in given)
    return f"## Wanted (rows) and given (columns)\n\n{_grid(('', *given), rows)}"


def _failed(failed: Mapping[str, list[str]]) -> str:
    return "\n".join(
        ("## Tickets that failed", "", *(f"- `{case}`: {'; '.join(said)}" for case, said in failed.items()))
    )
