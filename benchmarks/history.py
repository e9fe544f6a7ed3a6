"""What was measured when, on which commit and machine: one line a whole run, to be committed with what it measures."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from typing import Any

from samples.stack import REPOSITORY

HISTORY = REPOSITORY / "benchmarks" / "history.jsonl"


def conditions() -> dict[str, Any]:
    """What figures depend on beside the code; of several runs only the ratios within each are to be compared."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
    }


def keep(run: dict[str, Any]) -> None:
    with HISTORY.open("a") as kept:
        kept.write(json.dumps(run) + "\n")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return done.stdout.strip()
