"""Telemetry costs nothing where nobody collects it, and holds nobody up where the collector is gone."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXPORTERS = ("opentelemetry.sdk", "opentelemetry.exporter", "azure.monitor", "opentelemetry.instrumentation")


def run(script: str, **environment: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT,
        env={"PATH": "/usr/bin", "SWEEP_SCHEDULE": "0 * * * * *", **environment}, timeout=60,
    )  # fmt: skip
    return found.stdout.strip()


def test_nothing_is_imported_and_nothing_set_up_when_nothing_is_set():
    script = f"""
import sys, function_app
from opentelemetry import trace
from shared import metrics
from shared.metering import measure
from shared.tracing import span
from triggers.telemetry import exporting
with span("door") as current:
    measure(metrics.STEP_DURATION, 0.1, step="screen", outcome="done")
print(exporting(), current.is_recording(), [name for name in {EXPORTERS!r} if name in sys.modules])
"""
    assert run(script) == "False False []"


@pytest.mark.parametrize("where", ["collector", "application insights"])
def test_an_exporter_that_is_down_blocks_nothing_and_keeps_no_more_than_its_queue(where: str):
    """Ten thousand spans at once are far more than the 2,048 that wait at most."""
    nowhere = "http://127.0.0.1:9"
    environment = {
        "collector": {"OTEL_EXPORTER_OTLP_ENDPOINT": nowhere},
        "application insights": {
            "APPLICATIONINSIGHTS_CONNECTION_STRING":
                f"InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint={nowhere}/",
            "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
            "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
            "OTEL_TRACES_SAMPLER": "always_on",
        },
    }[where]  # fmt: skip
    script = """
import gc, os, sys
from opentelemetry.sdk.trace import ReadableSpan
from shared.tracing import span
from triggers.telemetry import exporting
assert exporting()
for _ in range(10_000):
    with span("door"):
        pass
gc.collect()
print(sum(isinstance(each, ReadableSpan) for each in gc.get_objects()))
sys.stdout.flush()
os._exit(0)
"""
    assert 0 < int(run(script, **environment)) < 6_000


@pytest.mark.parametrize(
    ("settings", "content"),
    [({}, "False"), ({"ENABLE_SENSITIVE_DATA": "true"}, "False"), ({"TELEMETRY_CONTENT": "true"}, "True")],
)
def test_only_our_own_setting_puts_what_was_said_into_spans(settings: dict[str, str], content: str):
    script = """
import os, sys
from triggers.telemetry import exporting
assert exporting()
from agent_framework.observability import OBSERVABILITY_SETTINGS
print(OBSERVABILITY_SETTINGS.SENSITIVE_DATA_ENABLED)
sys.stdout.flush()
os._exit(0)
"""
    assert run(script, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", **settings) == content
