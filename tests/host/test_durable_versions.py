"""Instances keep the version they were started with, and a host leaves alone what is newer than its app."""

from pathlib import Path
from typing import Any

import pytest
from durabletask import task

from devhost.config import AppSettings, read_host_config
from devhost.durable_versions import Versions
from devhost.errors import HostError
from orchestrations import versions
from tests.host.durable_worker import App, Steps, Worker, eventually, running_backend

app = App()


@app.orchestrator
def tells_version(ctx: task.OrchestrationContext, rounds: int) -> Steps:
    """Its own version after some rounds as new, and that of a child."""
    if rounds:
        ctx.continue_as_new(rounds - 1)
        return None
    child = yield ctx.call_sub_orchestrator("tells_own", instance_id=f"{ctx.instance_id}-child")
    return [ctx.version, child]


@app.orchestrator
def tells_own(ctx: task.OrchestrationContext, _: object) -> Steps:
    yield ctx.wait_for_external_event("go") if ctx.version == "9.0" else ctx.create_timer(ctx.current_utc_datetime)
    return ctx.version


def output(client: Any, instance_id: str) -> Any:
    state = client.wait_for_orchestration_completion(instance_id, timeout=30)
    return state.get_output()


def test_an_instance_and_its_children_get_the_default_and_one_may_be_started_with_another(tmp_path: Path) -> None:
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        unversioned = client.schedule_new_orchestration("tells_own", input=0)
        assert output(client, unversioned) is None
        backend.use_versions(Versions("2.0"))
        assert output(client, client.schedule_new_orchestration("tells_version", input=2)) == ["2.0", "2.0"]
        named = client.schedule_new_orchestration("tells_version", input=2, version="1.5")
        assert output(client, named) == ["1.5", "2.0"]


def test_what_is_newer_than_the_app_waits_for_one_that_knows_it(tmp_path: Path) -> None:
    """A rollback must not break what the newer release began."""
    with running_backend(tmp_path / "hub.db") as (backend, client):
        backend.use_versions(Versions("9.0"))
        newer = client.schedule_new_orchestration("tells_own", input=0)
        with Worker(backend, app):
            eventually(lambda: len(client.get_orchestration_history(newer)) > 1)
    with running_backend(tmp_path / "hub.db") as (backend, client):
        backend.use_versions(Versions("1.0"))
        with Worker(backend, app):
            client.raise_orchestration_event(newer, "go")
            assert output(client, client.schedule_new_orchestration("tells_own", input=0)) == "1.0"
            state = client.get_orchestration_state(newer)
            assert state is not None
            assert state.runtime_status.name == "RUNNING"
            backend.use_versions(Versions("9.0"))
            assert output(client, newer) == "9.0"


@app.orchestrator
def changed(ctx: task.OrchestrationContext, _: object) -> Steps:
    yield ctx.wait_for_external_event("go")
    return ctx.version


@app.orchestrator
def unchanged(ctx: task.OrchestrationContext, _: object) -> Steps:
    yield ctx.wait_for_external_event("go")
    return ctx.version


def test_a_rollback_stops_what_is_new_of_the_changed_orchestration_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, newer = {}, {"changed": {"2.0": "changed_1"}}
    with running_backend(tmp_path / "hub.db") as (backend, client), Worker(backend, app):
        for release, app_version, changes in (
            ("first", "1.0", before),
            ("next", "2.0", newer),
            ("back", "1.0", before),
        ):
            backend.use_versions(Versions(app_version))
            monkeypatch.setattr(versions, "CHANGES", changes)
            for name in ("changed", "unchanged"):
                own = versions.newest_version(name)
                client.schedule_new_orchestration(name, instance_id=f"{name}-{release}", version=own)
                eventually(lambda: client.get_orchestration_history(f"{name}-{release}"))  # noqa: B023 - called at once
        everything = [f"{name}-{release}" for name in ("changed", "unchanged") for release in ("first", "next", "back")]
        for instance_id in everything:
            client.raise_orchestration_event(instance_id, "go")
        everything.remove("changed-next")
        assert {output(client, instance_id) for instance_id in everything} == {"1.0"}
        waiting = client.get_orchestration_state("changed-next")
        assert waiting is not None
        assert waiting.runtime_status.name == "RUNNING"
        backend.use_versions(Versions("2.0"))
        assert output(client, "changed-next") == "2.0"


@pytest.mark.parametrize(
    ("app_version", "match", "fitting", "unfitting"),
    [
        ("2.0", "currentorolder", [None, "1.0", "2.0", "1.10"], ["2.1", "10.0"]),
        ("2.0", "strict", ["2.0"], [None, "1.0", "3.0"]),
        ("2.0", "none", [None, "1.0", "3.0"], []),
        (None, "currentorolder", [None, "1.0"], []),
        ("beta", "currentorolder", ["Alpha", "BETA"], ["gamma"]),
    ],
)
def test_which_instances_a_host_runs(
    app_version: str | None, match: Any, fitting: list[str | None], unfitting: list[str]
) -> None:
    versions = Versions(app_version, match)
    assert [version for version in fitting if not versions.fits(version)] == []
    assert [version for version in unfitting if versions.fits(version)] == []


def test_host_json_names_the_version_and_a_setting_overrides_it(tmp_path: Path) -> None:
    durable = '{"defaultVersion": "3.0", "versionMatchStrategy": "Strict"}'
    (tmp_path / "host.json").write_text(f'{{"version": "2.0", "extensions": {{"durableTask": {durable}}}}}')
    assert read_host_config(tmp_path, AppSettings({})).versions == Versions("3.0", "strict")
    prefix = "AzureFunctionsJobHost__extensions__durableTask__"
    changed = AppSettings({f"{prefix}defaultVersion": "2.0", f"{prefix}versionMatchStrategy": "None"})
    assert read_host_config(tmp_path, changed).versions == Versions("2.0", "none")
    for name, value in (("versionMatchStrategy", "Newest"), ("versionFailureStrategy", "Fail")):
        with pytest.raises(HostError, match=value):
            read_host_config(tmp_path, AppSettings({f"{prefix}{name}": value}))
