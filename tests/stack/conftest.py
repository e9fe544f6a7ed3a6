"""Desks that several tests share, each started when a test first asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import azurite
from tests.stack.callers import ADA, LINKS, MACHINES, Signed
from tests.stack.desk import Desk, running
from tests.stack.model import Model
from tests.stack.prey import Prey, with_prey
from tests.stack.webhook import SECRET, Webhook, receiving


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk where people have all the time they need."""
    settings = {
        "MESSAGE_BURST_S": "0.5", "BATCH_CONCURRENCY": "4", "RETRY_FIRST_DELAY_S": "0.2",
        "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:00",
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("desk"), settings) as desk:
        yield desk


@pytest.fixture(scope="session")
def webhook() -> Iterator[Webhook]:
    with receiving() as webhook:
        yield webhook


@pytest.fixture(scope="session")
def hasty_desk(tmp_path_factory: pytest.TempPathFactory, webhook: Webhook) -> Iterator[Desk]:
    """A desk where seconds are what days are elsewhere, and that tells a webhook."""
    settings = {
        "ESCALATION_RUNGS_S": "1,1", "ESCALATION_REMINDER_S": "1", "REOPEN_WINDOW_S": "2", "MESSAGE_BURST_S": "0.2",
        "RETRY_COUNT": "2", "RETRY_FIRST_DELAY_S": "0.1", "SWEEP_SCHEDULE": "* * * * * *",
        "NOTIFY_WEBHOOK_URL": webhook.url, "NOTIFY_WEBHOOK_SECRET": SECRET,
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("hasty"), settings) as desk:
        yield desk


@pytest.fixture(scope="session")
def guarded_desk(tmp_path_factory: pytest.TempPathFactory, webhook: Webhook) -> Iterator[Desk]:
    """A desk that believes App Service Authentication, which a test plays; called by an administrator who approves."""
    settings = {
        "WEBSITE_AUTH_ENABLED": "true", "MACHINE_KEYS": MACHINES, "UNKNOWN_CALLS_PER_MINUTE": "0",
        "CALLS_PER_MINUTE": "60",        "MESSAGE_BURST_S": "0.2", "RETRY_FIRST_DELAY_S": "0.1",
        "NOTIFY_WEBHOOK_URL": webhook.url, "NOTIFY_WEBHOOK_SECRET": SECRET, **LINKS,
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("guarded"), settings, Signed(ADA, "admin", "approver")) as desk:
        yield desk


@pytest.fixture
def lasting_storage(tmp_path: Path) -> Iterator[str]:
    """Storage that no power cut hits: the emulator is seconds late with writing down what it has acknowledged."""
    with azurite(tmp_path / "azurite-apart") as connection:
        yield connection


@pytest.fixture(scope="session")
def prey(guarded_desk: Desk) -> Prey:
    return with_prey(guarded_desk)


@pytest.fixture
def model(served: Model) -> Iterator[Model]:
    """The model that a module has `served`, which does as it is told and has not been asked anything yet."""
    served.forget()
    yield served
    served.forget()
