"""Every door stands in the table with the roles that open it, and nothing else does."""

import ast
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from shared.errors import SettingsError
from tests.registered import triggers
from triggers.access import DOORS
from triggers.identity import door_level

TRIGGERS = Path(__file__).parents[2] / "triggers"


def routes() -> dict[str, dict[str, Any]]:
    return {name: trigger for name, trigger in triggers().items() if trigger["type"] == "httpTrigger"}


def test_every_route_of_the_app_is_in_the_table_and_the_table_has_no_other():
    told = {
        name: (tuple(str(getattr(method, "value", method)) for method in trigger["methods"]), trigger["route"])
        for name, trigger in routes().items()
    }
    assert told == {name: ((door.method,), door.route) for name, door in DOORS.items()}


def test_the_host_asks_for_no_key_at_public_doors_only():
    open_at_host = {name for name, trigger in routes().items() if str(trigger["authLevel"]).endswith("ANONYMOUS")}
    assert open_at_host == {name for name, door in DOORS.items() if door.is_public}
    assert open_at_host == {"console", "health", "show_approval", "use_approval"}


def test_every_function_is_let_in_under_its_own_name():
    """A name of another door would open this one to that one's callers."""
    passed: list[tuple[str, str]] = []
    for path in TRIGGERS.glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.AsyncFunctionDef):
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "respond":
                    name = call.args[3]
                    assert isinstance(name, ast.Constant)
                    passed.append((function.name, str(name.value)))
    assert [pair for pair in passed if pair[0] != pair[1]] == []
    assert {name for name, _ in passed} == DOORS.keys() - {"console"}


def test_no_route_is_listed_twice():
    assert len({(door.method, door.route) for door in DOORS.values()}) == len(DOORS)


@pytest.mark.parametrize(
    ("signed_in", "level"), [("True", func.AuthLevel.ANONYMOUS), ("False", func.AuthLevel.FUNCTION)]
)
def test_the_host_asks_for_keys_unless_app_service_tells_who_calls(
    monkeypatch: pytest.MonkeyPatch, signed_in: str, level: func.AuthLevel
):
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", signed_in)
    assert door_level() == level


def test_the_app_does_not_start_in_azure_with_a_development_principal(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WEBSITE_SITE_NAME", "func-helpdesk")
    monkeypatch.setenv("DEV_PRINCIPAL", "developer")
    with pytest.raises(SettingsError, match="DEV_PRINCIPAL must not be set in Azure"):
        door_level()
