"""`make eval`: the whole desk on labelled tickets, then triage and retrieval alone; fails below the marks.

The model is the one the settings choose. docs/evaluation.md says what the figures mean.
"""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from rich.console import Console

if TYPE_CHECKING:
    from evaluation.metrics import Figures
    from evaluation.run import Evaluated

REPOSITORY = Path(__file__).parents[1]
STORES = {"ARCHIVE_PATH": "archive.db", "DIRECTORY_PATH": "directory.db"}


def _stores_of_its_own(folder: Path) -> None:
    """An archive of earlier runs would make similar tickets of the same cases."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in STORES.items():
        for left in folder.glob(f"{file}*"):
            left.unlink()
        os.environ[name] = str(folder / file)


def _whole_desk(console: Console) -> bool:
    from evaluation import report
    from evaluation.cases import HELD_OUT, Half, cases
    from evaluation.judging import judge
    from evaluation.metrics import figures
    from evaluation.run import desk, run

    asked = cases()
    on = desk()
    judged = list(zip(asked, asyncio.run(run(asked, on)), strict=True))
    parts = {part: [one for one in judged if one[0].half == part] for part in get_args(Half)}
    parts["held out"] = [one for one in judged if one[0].half in HELD_OUT]
    of_parts = {part: figures(held) for part, held in parts.items()}
    believed = report.belief(parts["held out"])
    scored = asyncio.run(judge(judged, on))
    for shown in (report.table(of_parts), *report.belief_tables(believed), *report.score_tables(scored)):
        console.print(shown)
    console.print(f"written to {report.write(of_parts, believed, scored, judged)}")
    if "--baseline" in sys.argv:
        _keep_as_baseline(on, of_parts["held out"])
    wrong = _wrong(on, of_parts["held out"], believed.lowest_floor)
    console.print(
        f"AUTO_RESOLVE_FLOOR: {on.policy.auto_resolve_floor:.2f}; lowest that holds: {believed.lowest_floor:.2f}"
    )
    for said in wrong:
        console.print(f"FAILED on the held-out tickets: {said}")
    return not wrong


def _wrong(on: "Evaluated", told: "Figures", lowest: float) -> list[str]:
    from evaluation import marks

    before = marks.baseline(on.settings.model_provider)
    fallen = marks.fallen(told, before) if before else []
    return [*marks.missed(told), *fallen, *marks.floor_too_low(on.policy.auto_resolve_floor, lowest)]


def _keep_as_baseline(on: "Evaluated", told: "Figures") -> None:
    from evaluation.marks import BASELINE

    kept = json.loads(BASELINE.read_text(encoding="utf-8"))
    kept[on.settings.model_provider] = told.model_dump()
    BASELINE.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    sys.path.insert(0, str(REPOSITORY))
    os.chdir(REPOSITORY)
    _stores_of_its_own(REPOSITORY / ".local" / "evaluation")
    # In virtual time a timer that lost its race fires after its task was answered, which is no news here.
    logging.getLogger().setLevel(logging.ERROR)
    from evaluation import retrieval, triage
    from triggers.services import services

    console = Console()
    passed = [_whole_desk(console), triage.evaluate(console), retrieval.evaluate(services().knowledge, console)]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
