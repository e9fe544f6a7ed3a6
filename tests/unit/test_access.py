"""Every door stands in the table with the roles that open it, and nothing else does."""

import re
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


def test_no_channel_lets_in_by_itself():
    """`@door` lets callers in under the function's name; the console's files hold no data and are for anybody."""
    by_itself = {path.name for path in TRIGGERS.glob("*.py") if re.search(r"\.route\(|respond\(", path.read_text())}
    assert by_itself == {"operations.py", "http.py", "console.py"}


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
