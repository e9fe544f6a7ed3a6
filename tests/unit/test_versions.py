"""Which path an instance takes, and that the app's version keeps up with its paths."""

import json
from pathlib import Path
from typing import Any

import pytest

from delivery import in_flight
from delivery.replaying import load, started
from orchestrations import versions
from orchestrations.versions import in_versions, numbers
from tests.engine import Engine
from triggers.durable import ORCHESTRATIONS

ROOT = Path(__file__).parents[2]
HISTORY = load(ROOT / "tests" / "replay" / "histories" / "resolve_ticket.simple.jsonl")


def first(ctx: Any, data: Any) -> Any:
    return f"first {data}"
    yield


def second(ctx: Any, data: Any) -> Any:
    return f"second {data}"
    yield


def newest(ctx: Any, data: Any) -> Any:
    return f"newest {data}"
    yield


@pytest.mark.parametrize(
    ("version", "path"),
    [(None, "first"), ("1.0", "first"), ("2.0", "second"), ("3.1", "second"), ("10.0", "newest"), ("11.0", "newest")],
)
def test_an_instance_takes_the_path_of_its_version(version: str | None, path: str):
    engine = Engine({"newest": in_versions(newest, {"10.0": second, "2.0": first})}, {})
    instance = engine.start("newest", "one", "input", version=version)
    engine.run()
    assert instance.output == f"{path} input"


def test_the_apps_version_is_not_behind_its_paths():
    """Else an instance that is started now would take an earlier path."""
    app = json.loads((ROOT / "host.json").read_text())["extensions"]["durableTask"]["defaultVersion"]
    changes = [change for earlier in versions.EARLIER.values() for change in earlier]
    assert [change for change in changes if numbers(change) > numbers(app)] == []
    assert versions.EARLIER.keys() <= {orchestration.__name__ for orchestration in ORCHESTRATIONS}


def test_an_orchestration_that_is_gone_breaks_what_runs_of_it():
    why = in_flight.fault({}, "resolve_ticket", HISTORY)
    assert why is not None
    assert "no orchestration of that name" in why


def test_what_a_newer_release_began_waits_and_is_not_judged():
    """A rollback leaves it alone; the runtime does so, too (tests/host/test_durable_versions.py)."""
    newer = [type(event).FromString(event.SerializeToString()) for event in HISTORY]
    assert not in_flight.is_newer(newer, "1.0")
    started(newer).version.value = "10.0"
    assert in_flight.is_newer(newer, "9.0")
    assert not in_flight.is_newer(newer, "10.0")


def test_a_release_that_cannot_look_at_the_target_is_not_judged_harmless(capsys: pytest.CaptureFixture[str]):
    assert in_flight.main(["--address", "127.0.0.1:1"]) == 2
    assert "cannot be read" in capsys.readouterr().err
