"""`make bench`: prints each measurement as a line of JSON."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import critical_path, fan_out, import_cost, throughput

TICKETS = 1000


def main() -> None:
    print("import", json.dumps(import_cost.measure()), flush=True)
    for line in critical_path.measure():
        print("latency", json.dumps(line), flush=True)
    for line in fan_out.measure():
        print("fan-out", json.dumps(line), flush=True)
    for workers in (1, 2):
        print("batch", json.dumps(throughput.measure(TICKETS, workers)), flush=True)


if __name__ == "__main__":
    main()
