"""An operator at the console: a page of a real browser, and the few things people do there."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

PATIENCE_MS = 30_000
# What the browser itself notes about answers that the page is made for.
EXPECTED_NOTES = re.compile(r"Failed to load resource.*(403|409|412|401|ERR_INTERNET_DISCONNECTED|ERR_FAILED)")

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True, slots=True)
class Operator:
    """One person; `notes` are what the browser complained of: errors, and what its policy forbade."""

    page: Page
    url: str
    notes: list[str]

    def go(self, place: str) -> None:
        self.page.goto(f"{self.url}/api/console#/{place}")
        expect(self.page.locator("main :is(h1, h2):visible").first).to_be_visible()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def line(self, ticket_id: str) -> Locator:
        return self.page.locator(f'[data-id="{ticket_id}"]')

    def dialog(self, title: str) -> Locator:
        return self.page.get_by_role("dialog", name=title)

    def told(self, text: str) -> None:
        """Wait until the page says so, in passing."""
        expect(self.page.locator(".toasts")).to_contain_text(text)

    def panel(self, title: str) -> Locator:
        """By its own heading: texts inside of panels have headings too."""
        heading = self.page.locator(".panel-head").get_by_role("heading", name=title, exact=True)
        return self.page.locator(".panel").filter(has=heading)


@contextmanager
def at_work(browser: Browser, url: str, name: str | None = "Operator", **context: Any) -> Generator[Operator]:
    """Somebody at a browser of their own, with nothing kept from before; their page ends without a complaint."""
    screen: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | context
    with browser.new_context(**screen) as own:
        own.set_default_timeout(PATIENCE_MS)
        if name is not None:
            own.add_init_script(f"localStorage.setItem('helpdesk.operator', {name!r})")
        page = own.new_page()
        notes: list[str] = []
        page.on("pageerror", lambda error: notes.append(str(error)))
        page.on("console", lambda note: notes.append(note.text) if note.type in ("error", "warning") else None)
        yield Operator(page, url, notes)
        complaints = [note for note in notes if not EXPECTED_NOTES.search(note)]
        assert not complaints, complaints
