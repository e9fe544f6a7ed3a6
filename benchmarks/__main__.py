"""`make bench`: prints each measurement as a line of JSON."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import critical_path, fan_out, import_cost, throughput
from tests.stack.collector import collecting

TICKETS = 1000


def main() -> None:
    print("import", json.dumps(import_cost.measure()), flush=True)
    for line in critical_path.measure():
        print("latency", json.dumps(line), flush=True)
    with collecting() as collector:
        for line in critical_path.measure({"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}):
            print("latency, telemetry exported", json.dumps(line), flush=True)
    for line in fan_out.measure():
        print("fan-out", json.dumps(line), flush=True)
    for workers in (1, 2):
        print("batch", json.dumps(throughput.measure(TICKETS, workers)), flush=True)


if __name__ == "__main__":
    main()
