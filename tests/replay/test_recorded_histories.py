"""Every recorded history replays to the letter; a change that would break what is in flight fails here."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestrations import resolve_ticket as resolving
from orchestrations.resolve_ticket import resolve_ticket
from samples.stack import REPOSITORY
from tests.replay.replaying import load, replay, turns
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
    orchestration = RECORDED[path.name.partition(".")[0]]
    history = load(path)
    count = 0
    for turn in turns(history):
        did = [action for action in replay(orchestration, _instance_id(history), turn) if action[0] != "complete"]
        assert did == turn.did
        count += 1
    assert count > 1


@pytest.mark.parametrize("path", [path for path in HISTORIES if path.name.startswith("resolve_ticket.simple")])
def test_a_reordered_activity_call_does_not_pass(path: Path, monkeypatch: pytest.MonkeyPatch):
    """The guard guards: swap two steps of the orchestration, and replay says so."""
    from shared import names

    triage, review = names.TRIAGE, names.REVIEW
    monkeypatch.setattr(names, "TRIAGE", review)
    monkeypatch.setattr(names, "REVIEW", triage)
    history = load(path)
    outcomes = [replay(resolving.resolve_ticket, _instance_id(history), turn) == turn.did for turn in turns(history)]
    assert not all(outcomes[:-1])
    _, last = list(turns(history))[-2:]
    assert any("determin" in why.lower() for _, why in replay(resolve_ticket, _instance_id(history), last))


def _instance_id(history: list[Any]) -> str:
    started = next(event.executionStarted for event in history if event.HasField("executionStarted"))
    return str(started.orchestrationInstance.instanceId)
