"""`make eval`: the whole desk on labelled tickets, then triage and retrieval alone; fails below the marks.

The model is the one the settings choose. docs/evaluation.md says what the figures mean.
"""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

from rich.console import Console

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
    from evaluation import marks, report
    from evaluation.cases import cases
    from evaluation.metrics import figures
    from evaluation.run import desk, run

    asked = cases()
    on = desk()
    judged = list(zip(asked, asyncio.run(run(asked, on)), strict=True))
    halves = {half: figures([one for one in judged if one[0].half == half]) for half in ("development", "test")}
    console.print(report.table(halves))
    console.print(f"written to {report.write(halves, judged)}")
    if "--baseline" in sys.argv:
        kept = json.loads(marks.BASELINE.read_text(encoding="utf-8"))
        kept[on.settings.model_provider] = halves["test"].model_dump()
        marks.BASELINE.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    before = marks.baseline(on.settings.model_provider)
    wrong = marks.missed(halves["test"]) + (marks.fallen(halves["test"], before) if before else [])
    for said in wrong:
        console.print(f"FAILED on the test half: {said}")
    return not wrong


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
