"""`make bench [WHAT="load crash"]`: prints each measurement as a line of JSON, and writes all of them down.

`.local/bench.json` has the last run, `benchmarks/history.jsonl` every whole one with the commit it was made on.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import crash, critical_path, fan_out, growth, history, host_start, import_cost, intake, load
from samples.stack import REPOSITORY

MEASUREMENTS: dict[str, Callable[[], Iterable[Mapping[str, Any]]]] = {
    "import": import_cost.measure,
    "start": host_start.measure,
    "latency": critical_path.measure,
    "load": load.measure,
    "growth": growth.measure,
    "fan-out": fan_out.measure,
    "crash": crash.measure,
    "intake": intake.measure,
}
LAST = REPOSITORY / ".local" / "bench.json"


def main(wanted: list[str]) -> None:
    if unknown := set(wanted) - MEASUREMENTS.keys():
        sys.exit(f"There is no measurement {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}.")
    run = history.conditions()
    results: dict[str, list[Mapping[str, Any]]] = {}
    for name in wanted or MEASUREMENTS:
        for line in MEASUREMENTS[name]():
            results.setdefault(name, []).append(line)
            print(name, json.dumps(line), flush=True)
    LAST.write_text(json.dumps({**run, "results": results}, indent=2) + "\n")
    if not wanted:
        history.keep({**run, "results": results})


if __name__ == "__main__":
    main(sys.argv[1:])
