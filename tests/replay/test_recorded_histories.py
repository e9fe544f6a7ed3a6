"""Every recorded history replays to the letter; a change that would break what is in flight fails here."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from delivery.replaying import first_difference, instance_of, load, replay, turns
from orchestrations.resolve_ticket import resolve_ticket
from samples.stack import REPOSITORY
from triggers.durable import ORCHESTRATIONS

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.jsonl"))
RECORDED: dict[str, Any] = {f.__name__: f for f in ORCHESTRATIONS}


def test_every_orchestration_that_is_registered_has_a_recorded_history():
    """Asked of the app itself, so that a new one cannot be forgotten; by itself, since an app lists them only once."""
    listing = (
        "import function_app; print(*(f.get_function_name() for f in function_app.app.get_functions()"
        " if f.get_trigger().type == 'orchestrationTrigger'))"
    )
    listed = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    registered = {name for name in listed.stdout.split() if not name.startswith("BuiltIn__")}
    assert {path.name.partition(".")[0] for path in HISTORIES} == registered == set(RECORDED)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_recorded_history_replays_to_the_letter(path: Path):
    history = load(path)
    assert first_difference(RECORDED[path.name.partition(".")[0]], history) is None
    assert len(list(turns(history))) > 1


@pytest.mark.parametrize("path", [path for path in HISTORIES if path.name.startswith("resolve_ticket.simple")])
def test_a_reordered_activity_call_does_not_pass(path: Path, monkeypatch: pytest.MonkeyPatch):
    """The guard guards: swap two steps of the orchestration, and replay says so."""
    from shared import names

    triage, review = names.TRIAGE, names.REVIEW
    monkeypatch.setattr(names, "TRIAGE", review)
    monkeypatch.setattr(names, "REVIEW", triage)
    history = load(path)
    told = first_difference(resolve_ticket, history)
    assert told is not None
    assert told.endswith(f"it did scheduleTask {triage}, and would now do scheduleTask {review}")
    *_, last = turns(history)
    did = replay(resolve_ticket, instance_of(history), last)
    assert any("NonDeterminism" in why for _, why in did), "so does the runtime's own guard, a turn later"
