"""The evaluation as a table, as JSON and as a Markdown page with the confusion matrix and the cases that failed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from evaluation.metrics import (
    Figures,
    Judged,
    category_right,
    confusion,
    false_auto_resolve,
    priority_within_one,
)

FOLDER = Path(".local") / "evaluation"


def table(halves: Mapping[str, Figures]) -> Table:
    shown = Table("Figure", *halves, title="The whole desk on labelled tickets")
    for name in Figures.model_fields:
        shown.add_row(name, *(f"{getattr(told, name):g}" for told in halves.values()))
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


def write(halves: Mapping[str, Figures], judged: Sequence[Judged], folder: Path = FOLDER) -> Path:
    """Write report.json and report.md; gives the page."""
    folder.mkdir(parents=True, exist_ok=True)
    failed = {case.id: said for case, outcome in judged if (said := faults((case, outcome)))}
    told = {"figures": {half: of.model_dump() for half, of in halves.items()}, "failed": failed}
    told["outcomes"] = {outcome.case: outcome.model_dump(mode="json") for _, outcome in judged}
    (folder / "report.json").write_text(json.dumps(told, indent=2, ensure_ascii=False), encoding="utf-8")
    page = folder / "report.md"
    page.write_text(_markdown(halves, judged, failed), encoding="utf-8")
    return page


def _markdown(halves: Mapping[str, Figures], judged: Sequence[Judged], failed: Mapping[str, list[str]]) -> str:
    lines = ["# Evaluation", "", f"| Figure | {' | '.join(halves)} |", "|---|" + "---|" * len(halves)]
    lines += [
        f"| {name} | {' | '.join(f'{getattr(told, name):g}' for told in halves.values())} |"
        for name in Figures.model_fields
    ]
    counts = confusion(judged)
    given = sorted({label for pair in counts for label in pair})
    lines += [
        "",
        "## Wanted (rows) and given (columns)",
        "",
        f"| | {' | '.join(given)} |",
        "|---|" + "---|" * len(given),
    ]
    lines += [f"| {row} | {' | '.join(str(counts[row, column] or '') for column in given)} |" for row in given]
    lines += ["", "## Tickets that failed", ""]
    lines += [f"- `{case}`: {'; '.join(said)}" for case, said in failed.items()]
    return "\n".join(lines) + "\n"
