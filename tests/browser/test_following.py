"""A ticket is followed live in the browser, from intake to answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import SETTINGS
from tests.browser.operator import at_work
from tests.stack.desk import Desk, running
from tests.stack.gated_model import GatedModel, gated_model


@pytest.fixture
def model() -> Iterator[GatedModel]:
    with gated_model() as model:
        yield model


@pytest.fixture
def slow_desk(tmp_path: Path, model: GatedModel) -> Iterator[Desk]:
    """A desk whose model answers when it is let."""
    with running(tmp_path, SETTINGS | model.settings) as desk:
        yield desk


def test_a_ticket_is_followed_live_from_intake_to_answer(browser: Browser, slow_desk: Desk, model: GatedModel) -> None:
    model.gate.clear()
    with at_work(browser, slow_desk.stack.url) as operator:
        operator.go("queue")
        expect(operator.page.get_by_text("No ticket fits")).to_be_visible()
        ticket_id = slow_desk.open()
        expect(operator.line(ticket_id)).to_contain_text("in progress")
        operator.line(ticket_id).get_by_role("link").click()

        timeline = operator.panel("Timeline")
        expect(timeline).to_contain_text("Working …")
        expect(timeline.locator(".step-name", has_text="review")).to_have_count(0)
        assert slow_desk.ticket(ticket_id)["status"] == "in_progress"

        model.gate.set()
        expect(timeline.locator(".step-name", has_text="remember")).to_be_visible()
        expect(timeline).not_to_contain_text("Working …")
        ticket = slow_desk.ticket(ticket_id)
        expect(operator.page.locator("main .badge").first).to_have_text("resolved")
        expect(operator.panel("Conversation")).to_contain_text(ticket["answer"][:40])
        expect(operator.panel("Knowledge used")).to_contain_text(ticket["citations"][0]["title"])
        expect(operator.panel("Cost")).to_contain_text(str(ticket["usage"]["model_calls"]))
        expect(operator.panel("Service level")).to_contain_text("met")
        expect(operator.panel("Lifecycle")).to_contain_text("resolved")


def test_a_desk_that_cannot_be_reached_is_said_and_found_again(browser: Browser, desk: Desk) -> None:
    with at_work(browser, desk.stack.url) as operator:
        operator.go("queue?status=")
        expect(operator.page.locator(".ticket-line").first).to_be_visible()
        operator.page.context.set_offline(True)
        expect(operator.page.get_by_role("alert")).to_contain_text("cannot be reached")
        expect(operator.page.locator(".ticket-line").first).to_be_visible()
        operator.page.context.set_offline(False)
        expect(operator.page.get_by_role("alert")).to_have_count(0)
