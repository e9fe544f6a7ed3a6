"""A real browser, and desks with something on them to look at."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import FLAGS, MISSING, find
from tests.browser.operator import Operator, at_work
from tests.stack.desk import Desk, running, sample, until
from tests.stack.watch import over

SETTINGS = {
    "MESSAGE_BURST_S": "0.2", "RETRY_FIRST_DELAY_S": "0.2", "SWEEP_SCHEDULE": "*/2 * * * * *",
    "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:00",
}  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find()
    assert path, MISSING
    with sync_playwright() as driver, driver.chromium.launch(executable_path=path, args=[*FLAGS]) as browser:
        yield browser


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with something in every view."""
    with running(tmp_path_factory.mktemp("console"), SETTINGS) as desk:
        fill(desk)
        yield desk


@pytest.fixture
def operator(browser: Browser, desk: Desk) -> Iterator[Operator]:
    with at_work(browser, desk.stack.url) as operator:
        yield operator


def fill(desk: Desk) -> None:
    desk.queue("tickets").send_message(json.dumps(sample(subject="Printer in hall 3") | {"urgency": "high"}))
    names = ("Easy", "Account lockout", "French", "Security", "Complex", "Approval")
    ids = [desk.open(sample(name)) for name in names]
    batch = desk.api.post("/batches", json=[sample(), {"subject": "no more than this"}]).json()["id"]
    desk.api.post("/create-content", json={"topic": "How to reset a forgotten password"})
    question = {"question": "Where does a broken badge reader belong?", "options": ["hardware", "access_identity"]}
    desk.api.post("/consensus", json=question)
    watch = desk.api.post("/watch").json()["cycle_id"]
    for ticket_id in ids:
        desk.until_status(ticket_id, "resolved", "escalated")
    desk.batch_over(batch)
    over(desk, watch)
    for path in ("/dead-letters", "/knowledge/drafts", "/tasks?status=waiting", "/alerts"):
        until(lambda path=path: desk.api.get(path).json()["items"], bool)
