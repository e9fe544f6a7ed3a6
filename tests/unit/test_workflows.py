"""The delivery's workflows keep their promises: no secret, least permission, and nothing skips a gate."""

import copy
import os
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS: dict[str, Any] = {
    path.stem: yaml.safe_load(path.read_text()) for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
}
PINNED = re.compile(r"\./.+|(actions|azure)/[\w-]+@v\d+|[\w./-]+@[0-9a-f]{40}")
ASKED_BY_AZD = re.findall(r"\$\{(HELPDESK_\w+)=", (ROOT / "infra" / "main.parameters.json").read_text())
DEPLOYMENT = ["Replay what is in flight", "Provision", "Deploy", "Smoke test"]
SIGNS_IN = {
    ("deliver", "test"),
    ("deliver", "evaluate"),
    ("deliver", "prod"),
    ("deploy", "deploy"),
    ("rollback", "deploy"),
}


def faults(workflows: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for name, workflow in workflows.items():
        if workflow.get("permissions") != {"contents": "read"}:
            found.append(f"{name}: by default a job may do more than read")
        for job, content in workflow["jobs"].items():
            found += [f"{name}.{job}: {fault}" for fault in _of_job(content, (name, job) in SIGNS_IN)]
    text = yaml.safe_dump(workflows)
    found += [f"{verb}: no such verb" for verb in re.findall(r"\bmake ([a-z]+)", text) if not _is_verb(verb)]
    if "secrets." in text or "secrets:" in text:
        found.append("a secret is used")
    steps = [step.get("name") for step in workflows["deploy"]["jobs"]["deploy"]["steps"]]
    if [step for step in steps if step in DEPLOYMENT] != DEPLOYMENT:
        found.append("deploy: its steps are not in order")
    given = workflows["deploy"]["jobs"]["deploy"]["env"]
    found += [f"deploy: azd is not given {name}" for name in ASKED_BY_AZD if name not in given]
    needs = {job: content.get("needs") for job, content in workflows["deliver"]["jobs"].items()}
    if needs != {"check": None, "package": "check", "test": "package", "evaluate": "test", "prod": "evaluate"}:
        found.append("deliver: a gate is skipped")
    return found


def _of_job(job: dict[str, Any], signs_in: bool) -> list[str]:
    wanted = {"contents": "read", "id-token": "write"} if signs_in else None
    found = [] if job.get("permissions") == wanted else ["its permissions are not what it needs"]
    steps: list[dict[str, Any]] = job.get("steps", [])
    used = [job["uses"]] if "uses" in job else [step["uses"] for step in steps if "uses" in step]
    found += [f"{action} is not pinned" for action in used if not PINNED.fullmatch(action)]
    found += ["it can be skipped" for step in [job, *steps] if step.get("continue-on-error")]
    if steps and "timeout-minutes" not in job:
        found.append("it has no deadline")
    # What callers say must reach a shell as a variable, never as a part of its text.
    found += ["an expression in a script" for step in steps if "${{" in step.get("run", "")]
    return found


def _is_verb(name: str) -> bool:
    return re.search(rf"^{name}:", (ROOT / "Makefile").read_text(), re.MULTILINE) is not None


def _step(workflows: dict[str, Any], name: str) -> dict[str, Any]:
    return next(step for step in workflows["deploy"]["jobs"]["deploy"]["steps"] if step.get("name") == name)


MISTAKES: dict[str, Callable[[dict[str, Any]], object]] = {
    "by default a job may do more": lambda given: given["check"].update(permissions={"contents": "write"}),
    "permissions are not what it needs": lambda given: given["package"]["jobs"]["package"].update(
        permissions={"id-token": "write"}
    ),
    "someone/else@v1 is not pinned": lambda given: _step(given, "Deploy").update(uses="someone/else@v1"),
    "it can be skipped": lambda given: _step(given, "Replay what is in flight").update({"continue-on-error": True}),
    "it has no deadline": lambda given: given["audit"]["jobs"]["audit"].pop("timeout-minutes"),
    "an expression in a script": lambda given: _step(given, "Deploy").update(run="echo ${{ inputs.ref }}"),
    "no such verb": lambda given: _step(given, "Deploy").update(run="make coffee"),
    "a secret is used": lambda given: given["deliver"]["jobs"]["test"].update(secrets="inherit"),
    "its steps are not in order": lambda given: _step(given, "Replay what is in flight").update(name="Nothing"),
    "azd is not given HELPDESK_REDIS_ID": lambda given: given["deploy"]["jobs"]["deploy"]["env"].pop(
        "HELPDESK_REDIS_ID"
    ),
    "a gate is skipped": lambda given: given["deliver"]["jobs"]["prod"].update(needs="test"),
}


def test_the_workflows_keep_their_promises():
    assert faults(WORKFLOWS) == []
    assert WORKFLOWS["check"][True].keys() == {"pull_request", "workflow_call"}, "never with the rights of the target"


@pytest.mark.parametrize("told", MISTAKES)
def test_a_mistake_is_told(told: str):
    changed = copy.deepcopy(WORKFLOWS)
    MISTAKES[told](changed)
    assert any(told in fault for fault in faults(changed))


def run(script: str, folder: Path, *answers: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the script with an `az` that gives these answers in turn, and a Python that tells how it was called."""
    for name, text in {
        "az": f"#!/bin/sh\nset -- {' '.join(repr(answer) for answer in answers)}\n"
        f'n=$(cat {folder}/n 2>/dev/null || echo 0)\nshift "$n"\necho $((n + 1)) > {folder}/n\n'
        '[ "$1" != refused ] || exit 1\necho "$1"\n',
        "python": '#!/bin/sh\necho "$@" "token=$DESK_TOKEN" "key=$DESK_KEY"\n',
    }.items():
        tool = folder / name
        tool.write_text(text)
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHON": str(folder / "python")} | settings
    return subprocess.run([ROOT / "delivery" / script, "rg-desk"], env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("answers", "code", "told"),
    [
        (("false",), 0, "there is no rg-desk yet"),
        (("true", ""), 0, "no desk in rg-desk yet"),
        (("true", "func-desk", ""), 2, "no Durable Task Scheduler"),
        (("refused",), 1, ""),
        (("true", "refused"), 1, ""),
        (("true", "func-desk", "refused"), 1, ""),
        (
            ("true", "func-desk", "Endpoint=https://desk.durabletask.io;ClientID=one", "helpdesk"),
            0,
            "-m delivery.in_flight --scheduler https://desk.durabletask.io --hub helpdesk",
        ),
    ],
)
def test_only_where_no_desk_is_there_is_nothing_to_replay(
    tmp_path: Path, answers: tuple[str, ...], code: int, told: str
):
    ran = run("replay_target.sh", tmp_path, *answers)
    assert (ran.returncode, told in ran.stdout + ran.stderr) == (code, True), ran


@pytest.mark.parametrize(
    ("settings", "signs_in"), [({"HELPDESK_AUTH_CLIENT_ID": "app"}, "token=given key="), ({}, "token= key=given")]
)
def test_the_smoke_test_signs_in_as_the_desk_asks(tmp_path: Path, settings: dict[str, str], signs_in: str):
    ran = run("smoke_target.sh", tmp_path, "func-desk", "desk.example.com", "given", **settings)
    assert (ran.returncode, ran.stdout) == (0, f"samples/smoke.py https://desk.example.com {signs_in}\n")


@pytest.mark.parametrize("answers", [("refused",), ("func-desk", "refused"), ("func-desk", "host", "refused")])
def test_a_smoke_test_that_cannot_sign_in_fails(tmp_path: Path, answers: tuple[str, ...]):
    assert run("smoke_target.sh", tmp_path, *answers).returncode == 1
