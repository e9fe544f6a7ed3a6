import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.host.conftest import RunningHost, StartHost, app_copy, await_start, launch

API = "/runtime/webhooks/durabletask"
PATIENCE_S = 60.0


def start(host: RunningHost, name: str, body: Any = None, instance_id: str | None = None) -> str:
    params = {"id": instance_id} if instance_id else {}
    answer = httpx.post(f"{host.url}/api/start/{name}", params=params, json=body, timeout=30)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def status(host: RunningHost, instance_id: str) -> dict[str, Any]:
    return httpx.get(f"{host.url}{API}/instances/{instance_id}", timeout=30).json()


def outcome(host: RunningHost, instance_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while (found := status(host, instance_id)).get("runtimeStatus") not in ("Completed", "Failed", "Terminated"):
        assert time.monotonic() < deadline, f"{found}\n{host.log}"
        time.sleep(0.05)
    return found


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    """A host that runs the app `durable`, shared by the tests that do not stop it."""
    folder = tmp_path_factory.mktemp("durable")
    environment = {"NOTES": str(folder / "notes"), "PYTHON_ENABLE_OPENTELEMETRY": "true"}
    host = await_start(launch(app_copy("durable", folder, {}), folder / "data", (), **environment))
    yield host
    assert host.stop() == 0, host.log


def test_activities_run_one_after_the_other(host: RunningHost) -> None:
    instance_id = start(host, "chain")
    assert outcome(host, instance_id)["output"] == ["step 0", "step 1", "step 2"]
    notes = (host.data.parent / "notes").read_text().splitlines()
    assert [note for note in notes if instance_id in note] == [f"{instance_id} {step}" for step in range(3)]


def test_more_activities_at_once_than_may_run_at_once_all_end(host: RunningHost) -> None:
    assert outcome(host, start(host, "fan", 50))["output"] == 2450


def test_entities_keep_their_state(host: RunningHost) -> None:
    instance_id = start(host, "counts")
    assert outcome(host, instance_id)["output"] == 5
    assert httpx.get(f"{host.url}/api/entity/{instance_id}", timeout=30).text == "5"


def test_one_trace_runs_from_the_request_to_the_activities_of_a_sub_orchestration(host: RunningHost) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
    answer = httpx.post(f"{host.url}/api/start/parent", headers=headers, timeout=30)
    assert outcome(host, answer.json()["id"])["output"] == {"child": trace_id, "own": trace_id}


def test_the_links_that_an_app_hands_out_lead_to_the_instance(host: RunningHost) -> None:
    answer = httpx.post(f"{host.url}/api/start/waits", timeout=30)
    links = answer.json()
    assert answer.headers["location"] == links["statusQueryGetUri"]
    assert httpx.get(links["statusQueryGetUri"], timeout=30).status_code == 202
    uri = links["sendEventPostUri"].replace("{eventName}", "decision")
    assert httpx.post(uri, json={"by": "Ada"}, timeout=30).status_code == 202
    assert outcome(host, links["id"])["output"] == {"by": "Ada"}
    assert httpx.get(links["statusQueryGetUri"], timeout=30).status_code == 200


def test_an_activity_that_raises_fails_its_orchestration_with_its_words(host: RunningHost) -> None:
    found = outcome(host, start(host, "fails"))
    assert found["runtimeStatus"] == "Failed"
    assert "will not do it" in found["output"]


def test_an_orchestration_that_does_not_exist_fails_and_says_so(host: RunningHost) -> None:
    found = outcome(host, start(host, "nothing_of_the_kind"))
    assert found["runtimeStatus"] == "Failed"
    assert "nothing_of_the_kind" in found["output"]


def test_an_activity_whose_worker_dies_runs_again(host: RunningHost, tmp_path: Path) -> None:
    """Whoever had it started may lose their answer with the worker, and nothing else."""
    httpx.post(f"{host.url}/api/start/dies_once", params={"id": "dying"}, json=str(tmp_path / "marker"), timeout=30)
    assert outcome(host, "dying")["output"] == "second time"


def test_a_timer_outlasts_a_restart(start_host: StartHost, notes: Path) -> None:
    host = start_host("durable", NOTES=str(notes))
    instance_id = start(host, "sleeps", 3)
    assert host.stop() == 0
    again = start_host("durable", NOTES=str(notes))
    assert outcome(again, instance_id)["output"] == "awake"


def test_nothing_is_lost_or_repeated_more_than_once_a_kill(start_host: StartHost, notes: Path) -> None:
    kills = 3
    started: list[str] = []
    environment = {"NOTES": str(notes), "STEP_S": "0.3", "FUNCTIONS_WORKER_PROCESS_COUNT": "2"}
    for number in range(kills):
        host = start_host("durable", **environment)
        before = len(notes.read_text().splitlines())
        started += [start(host, "chain", instance_id=f"round-{number}-{index}") for index in range(10)]
        deadline = time.monotonic() + 60
        while len(notes.read_text().splitlines()) < before + 8:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        host.process.send_signal(signal.SIGKILL)
        host.process.wait()
    last = start_host("durable", **environment)
    outputs = [outcome(last, instance_id)["output"] for instance_id in started]
    assert outputs == [["step 0", "step 1", "step 2"]] * len(started)
    repeats = Counter(notes.read_text().splitlines())
    assert set(repeats) == {f"{instance_id} {step}" for instance_id in started for step in range(3)}
    assert max(repeats.values()) <= 1 + kills
    assert sum(repeats.values()) < 2 * len(repeats)


def test_durable_work_is_spread_over_the_worker_processes(start_host: StartHost, notes: Path) -> None:
    host = start_host("durable", NOTES=str(notes), FUNCTIONS_WORKER_PROCESS_COUNT="2")
    ids = [start(host, "chain") for _ in range(40)]
    assert all(outcome(host, instance_id)["runtimeStatus"] == "Completed" for instance_id in ids)
    assert len(Counter(notes.read_text().splitlines())) == 120


def test_a_history_over_four_mebibytes_is_carried(host: RunningHost) -> None:
    text = "x" * 5 * 1024 * 1024
    instance_id = start(host, "waits", text)
    answer = httpx.post(f"{host.url}{API}/instances/{instance_id}/raiseEvent/decision", json=text, timeout=60)
    assert answer.status_code == 202
    assert json.dumps(outcome(host, instance_id)["output"]) == json.dumps(text)
