"""What an outage costs, and that it costs no ticket."""

import json
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.services import azurite
from tests.stack.desk import Desk, problem, running, sample, until


@pytest.fixture(scope="module")
def blocked_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the archive's file should be: the archive cannot be opened until it is gone."""
    folder = tmp_path_factory.mktemp("blocked") / "archive.db"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def storage() -> Generator[ExitStack]:
    """Holds the storage that the desk uses; closing it takes the storage away."""
    with ExitStack() as held:
        yield held


@pytest.fixture(scope="module")
def bereft_desk(tmp_path_factory: pytest.TempPathFactory, blocked_archive: Path, storage: ExitStack) -> Generator[Desk]:
    connection = storage.enter_context(azurite(tmp_path_factory.mktemp("azurite")))
    settings = {
        "ARCHIVE_PATH": str(blocked_archive), "AzureWebJobsStorage": connection,
        "RETRY_COUNT": "1", "RETRY_FIRST_DELAY_S": "0.05", "MESSAGE_BURST_S": "0.1",
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("bereft"), settings) as desk:
        yield desk


def test_without_the_archive_tickets_are_resolved_and_shown_and_listed_once_it_is_rebuilt(
    bereft_desk: Desk, blocked_archive: Path
) -> None:
    resolved = bereft_desk.resolved(sample("Account lockout"))
    assert resolved["status"] == "resolved"
    assert resolved["actions"]
    assert "archive" in resolved["degraded"]
    assert problem(bereft_desk.api.get("/tickets"), 503)["detail"].startswith("archive")
    assert "archive" in bereft_desk.api.get("/health").json()["down"]
    bereft_desk.say(resolved["id"], "Thank you. One more thing: Outlook shows Disconnected and receives no new mail.")
    bereft_desk.until(resolved["id"], lambda ticket: ticket["episode"] == 2 and ticket["status"] == "resolved")
    until(
        lambda: [instance["runtimeStatus"] for instance in bereft_desk.instances(f"ticket-{resolved['id']}")],
        lambda statuses: statuses == ["Completed"] * 2,
    )
    reopened = bereft_desk.ticket(resolved["id"])
    blocked_archive.rmdir()
    until(lambda: bereft_desk.api.get("/health").status_code, lambda status: status == 200)
    assert bereft_desk.find()["items"] == []
    assert bereft_desk.api.post("/archive/rebuild").json()["written"] >= 1
    (listed,) = bereft_desk.find()["items"]
    assert (listed["id"], listed["version"], listed["episode"]) == (resolved["id"], reopened["version"], 2)


def test_without_storage_batches_are_refused_and_tickets_go_on(bereft_desk: Desk, storage: ExitStack) -> None:
    body = json.dumps([sample("Not a ticket")])
    headers = {"Content-Type": "application/json"}
    accepted = bereft_desk.api.post("/batches", content=body, headers=headers).json()
    bereft_desk.batch_over(accepted["id"])
    storage.close()
    refused = bereft_desk.api.post("/batches", content=body, headers=headers)
    assert problem(refused, 503)["detail"].startswith("storage")
    assert int(refused.headers["Retry-After"]) >= 1
    assert bereft_desk.api.get("/health").json()["checks"]["storage"]["status"] == "down"
    assert bereft_desk.batch(accepted["id"])["status"] == "completed"
    assert bereft_desk.resolved()["status"] == "resolved"
