"""Which version an instance is started with, which path it takes, and that the app's version keeps up with both."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from delivery import in_flight
from delivery.replaying import load, started
from orchestrations import versions
from orchestrations.versions import FIRST, earlier_paths, in_versions, newest_version, numbers
from orchestrations.watch import watch
from shared import names
from shared.settings import read
from tests.collaboration import crew, run
from tests.engine import Engine
from triggers.durable import ORCHESTRATIONS
from triggers.services import Services

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


def changed(monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, Mapping[str, str | None]]) -> None:
    monkeypatch.setattr(versions, "CHANGES", changes)


@pytest.mark.parametrize(
    ("version", "path"),
    [(None, "first"), ("1.0", "first"), ("2.0", "second"), ("3.1", "second"), ("10.0", "newest"), ("11.0", "newest")],
)
def test_an_instance_takes_the_path_of_its_version(version: str | None, path: str):
    engine = Engine({"newest": in_versions(newest, {"10.0": second, "2.0": first})}, {})
    instance = engine.start("newest", "one", "input", version=version)
    engine.run()
    assert instance.output == f"{path} input"


def test_an_earlier_path_stands_in_its_file_under_the_name_of_its_orchestration(monkeypatch: pytest.MonkeyPatch):
    changed(monkeypatch, {"newest": {"2.0": None, "3.0": "newest_2"}})
    monkeypatch.setitem(sys.modules, "orchestrations.newest_2", SimpleNamespace(newest=second))
    assert earlier_paths("newest") == {"2.0": None, "3.0": second}
    changed(monkeypatch, {names.WATCH: {"2.0": "watch"}})
    assert earlier_paths(names.WATCH) == {"2.0": watch}, "only the input has changed"
    changed(monkeypatch, {"newest": {"2.0": "forgotten"}})
    with pytest.raises(ImportError, match="forgotten"):
        earlier_paths("newest")


def test_an_instance_of_a_path_that_is_gone_fails_and_says_so():
    engine = Engine({"newest": in_versions(newest, {"2.0": None, "3.0": second})}, {})
    begun = [engine.start("newest", version, "input", version=version) for version in ("1.0", "2.0", "3.0")]
    engine.run()
    assert [instance.output for instance in begun] == [None, "second input", "newest input"]
    assert "the path before 2.0 is gone" in str(begun[0].failure)


def test_each_orchestration_is_started_with_the_version_of_its_own_last_change(monkeypatch: pytest.MonkeyPatch):
    changed(monkeypatch, {names.WATCH: {"9.0": "watch_1", "10.0": "watch_2"}, names.RESEARCH: {"3.0": None}})
    desk = Services(read({}))
    started = {name: desk.version_of(name) for name in (names.WATCH, names.RESEARCH, names.RESOLVE_TICKET)}
    assert started == {names.WATCH: "10.0", names.RESEARCH: "3.0", names.RESOLVE_TICKET: "1.0"}


@pytest.mark.parametrize(
    ("asked", "started"),
    [("1.0", "4.0"), ("2.0", "2.0"), ("3.0", "3.0"), ("4.0", "4.0"), ("5.0", "4.0")],
)
def test_an_orchestration_can_be_set_back_to_a_path_that_is_kept(
    monkeypatch: pytest.MonkeyPatch, asked: str, started: str
):
    """The setting may be left behind when the code is rolled back, or the path is gone: neither stops the desk."""
    changed(monkeypatch, {names.WATCH: {"2.0": None, "4.0": "watch_2"}, names.RESEARCH: {"4.0": "research_1"}})
    desk = Services(read({"ORCHESTRATION_VERSIONS": json.dumps({names.WATCH: asked})}))
    assert desk.version_of(names.WATCH) == started
    assert desk.version_of(names.RESEARCH) == "4.0"


def test_a_child_is_started_with_the_version_of_its_own_orchestration(monkeypatch: pytest.MonkeyPatch):
    changed(monkeypatch, {names.MANAGE_PART: {"2.0": "delegation_1"}, names.DELEGATION: {"3.0": None}})
    engine = crew()
    run(engine, names.DELEGATION, {"goal": "Tell people how to join the Wi-Fi."})
    children = [found for found in engine.instances.values() if found.name == names.MANAGE_PART]
    assert [started(child.history).version.value for child in children] == ["2.0", "2.0"]


def test_nothing_is_started_past_its_version():
    """An instance that is started otherwise would get the app's version, and stand still after any rollback."""
    folders = ("triggers", "orchestrations", "activities", "agents", "adapters", "shared")
    product = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    starting = ("schedule_new_orchestration", "call_sub_orchestrator", "start_new")
    found = {str(file.relative_to(ROOT)) for file in product if any(call in file.read_text() for call in starting)}
    assert found == {"adapters/instances.py", "orchestrations/calling.py"}


def test_the_apps_version_is_that_of_the_last_change():
    """An older one would keep the app from running its own instances, a newer one from being rolled back to."""
    app = json.loads((ROOT / "host.json").read_text())["extensions"]["durableTask"]["defaultVersion"]
    assert app == max((newest_version(name) for name in versions.CHANGES), key=numbers, default=FIRST)
    assert versions.CHANGES.keys() <= {orchestration.__name__ for orchestration in ORCHESTRATIONS}


def test_an_orchestration_that_is_gone_breaks_what_runs_of_it():
    why = in_flight.fault({}, "resolve_ticket", HISTORY)
    assert why is not None
    assert "no orchestration of that name" in why


def test_an_input_with_a_field_that_the_release_before_refuses_is_told_before_a_rollback():
    newer = [type(event).FromString(event.SerializeToString()) for event in HISTORY]
    given = json.loads(started(newer).input.value)
    given["policy"]["unheard_of"] = True
    started(newer).input.value = json.dumps(given)
    ours = {orchestration.__name__: orchestration for orchestration in ORCHESTRATIONS}
    assert in_flight.fault(ours, names.RESOLVE_TICKET, HISTORY) is None
    why = in_flight.fault(ours, names.RESOLVE_TICKET, newer)
    assert why is not None
    assert "would now do complete" in why


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
