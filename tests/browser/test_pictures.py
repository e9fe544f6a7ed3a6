"""Pictures of the console, for the documentation: kept where PICTURES names a folder, else only looked at."""

import os
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.operator import Operator, at_work
from tests.stack.desk import Desk

SCREEN = {"width": 1280, "height": 800}
TALL = {"width": 1280, "height": 1400}
PHONE = {"width": 390, "height": 780}
LEAST_BYTES, MOST_BYTES = 5_000, 300_000


def take(operator: Operator, folder: Path, name: str) -> None:
    path = folder / f"{name}.png"
    operator.page.screenshot(path=path, animations="disabled", caret="hide")
    assert LEAST_BYTES < path.stat().st_size < MOST_BYTES


def test_pictures_are_taken(browser: Browser, desk: Desk, tmp_path: Path) -> None:
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    waiting = desk.escalated("Approval")["id"]
    (easy, *_) = [item["id"] for item in desk.find(q="home Wi-Fi", status="resolved")["items"]]
    with at_work(browser, desk.stack.url, viewport=SCREEN) as operator:
        operator.go("queue?status=")
        operator.line(waiting).wait_for()
        take(operator, folder, "console-queue")
        operator.go(f"ticket/{easy}")
        expect(operator.panel("Timeline")).to_be_visible()
        take(operator, folder, "console-ticket")
    with at_work(browser, desk.stack.url, viewport=TALL) as operator:
        operator.go("dashboard")
        expect(operator.panel("The watch")).to_contain_text("completed")
        take(operator, folder, "console-dashboard")
    with at_work(browser, desk.stack.url, viewport=SCREEN, color_scheme="dark") as operator:
        operator.go(f"escalations/{waiting}")
        operator.panel("Waiting for a person").wait_for()
        take(operator, folder, "console-escalation-dark")
    with at_work(browser, desk.stack.url, viewport=PHONE) as operator:
        operator.go(f"escalations/{waiting}")
        operator.panel("Waiting for a person").wait_for()
        take(operator, folder, "console-phone")
