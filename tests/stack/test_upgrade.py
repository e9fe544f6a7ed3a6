"""A release with another path for tickets takes over a desk at work, as docs/upgrade.md has it: nothing breaks."""

import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from durabletask.client import TaskHubGrpcClient
from durabletask.history import ExecutionStartedEvent

from delivery.in_flight import NOT_OURS
from devhost.backend import DurableBackend
from samples.stack import REPOSITORY, start
from tests.stack.desk import HAS_ANSWER, Desk, calling, running, sample, until
from tests.stack.handing_in import ended_count, handing_in

SETTINGS = {"AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions": "2"}
BEFORE, AFTER = 10, 3
NEXT_PATH = '''
from orchestrations import resolve_ticket_1


def resolve_ticket(ctx, data):
    """Begins with a timer, and goes on as before."""
    yield ctx.create_timer(ctx.current_utc_datetime)
    return (yield from resolve_ticket_1.resolve_ticket(ctx, data))
'''
NOT_DEPLOYED = shutil.ignore_patterns(
    ".git", ".venv", ".local", "tests", "docs", "infra", "evaluation", "benchmarks", "devhost"
)


def test_a_release_takes_over_tickets_in_work_on_the_path_they_began_on(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    bodies = {f"upgrade-{number}": sample() for number in range(BEFORE)}
    ids: dict[str, str] = {}
    with running(folder, SETTINGS) as desk:
        waiting = desk.escalated("Approval")
        with handing_in(desk.stack, bodies, ids):
            until(lambda: ended_count(folder), lambda count: count >= 2)
        assert ended_count(folder) < BEFORE, "the release must come while there is work"
    begun_before = {waiting["id"], *ids.values()}
    release = _next_release(tmp_path / "release")
    assert _judged(release, folder).returncode == 0
    forgetful = _judged(_without_earlier_path(release, tmp_path / "forgetful"), folder)
    assert forgetful.returncode == 1
    named = rf"resolve_ticket ticket-{waiting['id']}-1: turn 1: it did .*record.*, and would now do createTimer"
    assert re.search(named, forgetful.stderr), forgetful.stderr

    stack = start(folder, SETTINGS, app=release)
    try:
        with calling(stack) as desk:
            later = {f"after-{number}": sample() for number in range(AFTER)}
            with handing_in(stack, bodies | later, ids):
                desk.decide(waiting["id"], "approve", action_hash=waiting["escalation"]["action_hash"])
            assert len(set(ids.values())) == BEFORE + AFTER
            everything = begun_before | set(ids.values())
            for ticket_id in everything:
                desk.until_status(ticket_id, *HAS_ANSWER)
            assert {ticket_id for ticket_id in everything if not _on_new_path(desk, ticket_id)} == begun_before
            assert [it["instanceId"] for it in desk.instances("ticket-", runtimeStatus="Failed")] == []
    finally:
        assert stack.stop() == 0
    started = _versions(folder)
    assert started.pop("resolve_ticket") == {"1.0", "2.0"}
    assert set().union(*started.values()) == {"1.0"}, "a change of tickets is none of other orchestrations"


def _on_new_path(desk: Desk, ticket_id: str) -> bool:
    """Whether the ticket went the way of the next release, which begins with a timer."""
    heard = (event["EventType"] for event in desk.history(f"ticket-{ticket_id}-1"))
    return next(kind for kind in heard if kind in ("TimerFired", "TaskCompleted")) == "TimerFired"


def _next_release(folder: Path) -> Path:
    """Today's app with another beginning for tickets, and the path it has today beside it."""
    shutil.copytree(REPOSITORY, folder, ignore=NOT_DEPLOYED)
    orchestrations = folder / "orchestrations"
    (orchestrations / "resolve_ticket.py").rename(orchestrations / "resolve_ticket_1.py")
    (orchestrations / "resolve_ticket.py").write_text(NEXT_PATH)
    _append(orchestrations / "versions.py", 'CHANGES = {"resolve_ticket": {"2.0": "resolve_ticket_1"}}')
    host = json.loads((folder / "host.json").read_text())
    host["extensions"]["durableTask"]["defaultVersion"] = "2.0"
    (folder / "host.json").write_text(json.dumps(host))
    return folder


def _without_earlier_path(release: Path, folder: Path) -> Path:
    shutil.copytree(release, folder)
    _append(folder / "orchestrations" / "versions.py", "CHANGES = {}")
    return folder


def _append(module: Path, line: str) -> None:
    module.write_text(f"{module.read_text()}\n\n{line}\n")


def _versions(data: Path) -> dict[str, set[str | None]]:
    """Which versions the instances of each orchestration were started with."""
    found = defaultdict[str, set[str | None]](set)
    with _hub(data) as address, TaskHubGrpcClient(host_address=address) as client:
        for state in client.get_all_orchestration_states():
            if not state.name.startswith(NOT_OURS) and not state.instance_id.startswith(NOT_OURS):
                events = client.get_orchestration_history(state.instance_id)
                found[state.name] |= {event.version for event in events if isinstance(event, ExecutionStartedEvent)}
    return found


def _judged(release: Path, data: Path) -> subprocess.CompletedProcess[str]:
    """What the release says of what is in flight in the data of a desk that was stopped."""
    with _hub(data) as address:
        command = [sys.executable, "-m", "delivery.in_flight", "--address", address]
        return subprocess.run(command, cwd=release, capture_output=True, text=True)


@contextmanager
def _hub(data: Path) -> Generator[str]:
    """The task hub of a desk that was stopped, and where it can be asked."""
    backend = DurableBackend(data / "durable.db")
    try:
        yield backend.start()
    finally:
        backend.stop()
