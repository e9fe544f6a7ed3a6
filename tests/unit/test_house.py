"""The rules of the house that no linter knows."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared import names
from shared.settings import read
from tests.registered import triggers

ROOT = Path(__file__).parents[2]
OURS = ("activities", "adapters", "agents", "orchestrations", "samples", "shared", "triggers")


@pytest.mark.parametrize("package", OURS)
def test_no_installed_package_takes_the_place_of_ours(package: str):
    """The worker puts the app's folder last on the path: an installed package of the same name would win."""
    script = f"import sys; sys.path.append({str(ROOT)!r}); import {package}; print({package}.__file__)"
    found = subprocess.run([sys.executable, "-P", "-c", script], check=True, capture_output=True, text=True, cwd="/")
    assert Path(found.stdout.strip()).parent == ROOT / package


def test_the_app_registers_every_name_that_instances_rely_on():
    registered = triggers().keys()
    durable = {value for key, value in vars(names).items() if key.isupper() and isinstance(value, str)}
    not_functions = {
        names.INBOX_EVENT, names.TAKEN_EVENT, names.SETTLED_EVENT, names.QUEUE_TASKS, names.QUEUE_TICKETS,
        names.QUEUE_BATCHES,
        names.TRIAGE_AGENT, names.RESOLVER_AGENT, names.REVIEWER_AGENT, names.SUPPORT_AGENT, names.ANSWERING,
    }  # fmt: skip
    assert durable - not_functions <= registered


def test_importing_the_app_loads_no_heavy_sdk_and_opens_nothing():
    """Cold start is a feature: what is needed later is imported later."""
    heavy = (
        "agent_framework", "openai", "redis", "azure.identity", "azure.storage.blob", "sqlite3", "aiohttp",
        "phonenumbers", "stdnum", "detect_secrets", "requests",
    )  # fmt: skip
    script = f"import sys, function_app; print([name for name in {heavy!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_the_example_settings_are_enough_to_read_all_settings():
    values = json.loads((ROOT / "local.settings.json.example").read_text())["Values"]
    assert read(values).model_provider == "offline"


def test_every_setting_that_the_host_itself_reads_is_documented():
    """docs/configuration.md has the others from the code; `make check` holds it in step."""
    sources = [ROOT / "host.json", *(ROOT / "triggers").glob("*.py")]
    read_by_host = {name for path in sources for name in re.findall(r"%([A-Z_]{4,})%", path.read_text())}
    documented = (ROOT / "docs" / "configuration.md").read_text()
    assert read_by_host
    assert [name for name in read_by_host if f"`{name}`" not in documented] == []


def test_host_json_leaves_the_storage_provider_to_azure():
    """`func start` must need no scheduler; Azure sets the provider by AzureFunctionsJobHost__ settings."""
    durable = json.loads((ROOT / "host.json").read_text())["extensions"]["durableTask"]
    assert "storageProvider" not in durable


def test_a_message_is_tried_as_often_as_dead_letters_say():
    assert json.loads((ROOT / "host.json").read_text())["extensions"]["queues"]["maxDequeueCount"] == names.QUEUE_TRIES
