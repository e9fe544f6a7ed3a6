"""For everybody: accessible in both themes, on a phone, with a thousand tickets, and safe from what tickets say."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, expect

from adapters.archive import SqliteArchive
from shared.desk import TicketDocument
from shared.tickets import Requester
from tests.browser.conftest import SETTINGS
from tests.browser.operator import Operator, at_work
from tests.contract.tickets import ticket_document
from tests.stack.desk import Desk, running, sample

MANY = 1_000
PHONE = {"width": 390, "height": 844}
LISTS = {
    "escalations": "tickets?status=escalated", "tasks": "tasks", "dead_letters": "dead-letters", "batches": "batches",
    "drafts": "knowledge/drafts", "alerts": "alerts", "watch": "watch/cycles",
}  # fmt: skip
ATTACKS = (
    "<img src=x onerror=\"window.owned='img'\">", "<script>window.owned='script'</script>",
    "<svg onload=\"window.owned='svg'\">", "[click](javascript:window.owned='link')",
    "<a href=\"javascript:window.owned='a'\">here</a>", "<style>*{display:none}</style>",
    "<form action=https://example.com><input name=secret></form>", "![](https://example.com/seen.png)",
    "</textarea><iframe srcdoc=\"<script>top.owned='frame'</script>\"></iframe>", "{{constructor('owned=1')()}}",
)  # fmt: skip


def places(desk: Desk) -> list[str]:
    """Every view, with something on it."""
    found = {view: desk.api.get(f"/{path}").json()["items"] for view, path in LISTS.items()}
    chosen = [f"{view}/{items[0].get('id') or items[0]['cycle_id']}" for view, items in found.items() if items]
    tickets = [f"ticket/{item['id']}" for item in desk.find(limit=200)["items"][:8]]
    plain = ["queue?status=", "queue?q=nothing", "escalations", "audit", "usage", "dashboard", "alerts", "watch"]
    return [*plain, *chosen, *tickets]


def shown(operator: Operator, place: str) -> None:
    operator.go(place)
    expect(operator.page.locator(".loading")).to_have_count(0)


def faults(operator: Operator, place: str) -> list[str]:
    """What axe finds on the page as it is; nothing at all is let pass, serious or not."""
    response: Any = Axe().run(operator.page).response  # pyright: ignore[reportUnknownVariableType]
    found: list[Any] = response["violations"]
    return [f"{place}: {fault['id']} ({fault['impact']}): {fault['nodes'][0]['html'][:200]}" for fault in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(browser: Browser, desk: Desk, theme: str) -> None:
    found: list[str] = []
    with at_work(browser, desk.stack.url, color_scheme=theme) as operator:
        for place in places(desk):
            shown(operator, place)
            found += faults(operator, place)
        for key, title in (("?", "Keys"), ("Control+k", "Command palette")):
            operator.press(key)
            operator.dialog(title).wait_for()
            found += faults(operator, title)
            operator.press("Escape")
        operator.go("queue?status=escalated")
        operator.page.locator(".ticket-line").first.wait_for()
        operator.press("j", "Enter")
        operator.panel("Waiting for a person").wait_for()
        operator.press("s")
        operator.dialog("Reassign").wait_for()
        found += faults(operator, "Reassign")
    assert found == []


def test_on_a_phone_nothing_stands_over_the_edge_and_a_decision_can_be_taken(browser: Browser, desk: Desk) -> None:
    waiting = desk.escalated("Approval")
    with at_work(browser, desk.stack.url, viewport=PHONE, has_touch=True, is_mobile=True) as operator:
        for place in places(desk):
            shown(operator, place)
            wide = operator.page.evaluate("document.scrollingElement.scrollWidth")
            assert wide <= PHONE["width"], f"{place} is {wide} px wide"
        operator.go("escalations")
        operator.line(waiting["id"]).get_by_role("link").tap()
        operator.panel("Waiting for a person").get_by_role("button", name="Approve").tap()
        operator.dialog("Approve exactly this").get_by_role("button", name="Approve").tap()
        operator.told("Done: approve")


@pytest.fixture(scope="module")
def full_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk whose archive holds a thousand tickets; nothing is in work."""
    folder: Path = tmp_path_factory.mktemp("full")
    folder.mkdir(exist_ok=True)
    archive = SqliteArchive(folder / "archive.db")
    with ThreadPoolExecutor() as aside:  # the browser's driver has a loop running in this thread
        aside.submit(asyncio.run, keep(archive)).result()
    archive.close()
    with running(folder, SETTINGS) as desk:
        yield desk


async def keep(archive: SqliteArchive) -> None:
    for number in range(MANY):
        await archive.put(numbered(number))


def numbered(number: int) -> TicketDocument:
    at = datetime.now(UTC) - timedelta(minutes=number)
    return ticket_document(
        id=f"{number:024x}", tenant="default", subject=f"Printer {number} is offline", created_at=at, updated_at=at,
        requester=Requester(id=f"u-{number % 50}"), priority=f"P{1 + number % 5}", category="printing",
    )  # fmt: skip


def walk_down(operator: Operator, lines: Locator, count: int) -> None:
    """Down to the end of a list, which grows meanwhile."""
    while (before := lines.count()) < count:
        operator.page.mouse.wheel(0, 20_000)
        expect(lines).not_to_have_count(before)
    expect(lines).to_have_count(count)


def test_a_thousand_tickets_are_walked_through_and_searched(browser: Browser, full_desk: Desk) -> None:
    with at_work(browser, full_desk.stack.url) as operator:
        operator.go("queue")
        lines = operator.page.locator(".ticket-line")
        expect(lines.first).to_contain_text("Printer 0 is")
        walk_down(operator, lines, MANY)
        ids = operator.page.eval_on_selector_all(".ticket-line", "lines => lines.map(line => line.dataset.id)")
        assert ids == [f"{number:024x}" for number in range(MANY)]
        newer = full_desk.open(sample("Approval"))
        expect(operator.line(newer)).to_contain_text("escalated")
        walk_down(operator, lines, MANY + 1)
        operator.press("/")
        operator.page.keyboard.type("printer 777")
        expect(lines).to_have_count(1)
        expect(lines).to_contain_text("Printer 777 is offline")


def test_what_a_ticket_says_is_text_wherever_it_is_shown(browser: Browser, desk: Desk) -> None:
    hostile = " ".join(ATTACKS)
    body = sample(
        "Approval", subject=f"Access to the finance share {ATTACKS[0]}", requester={"id": "u-1001", "name": ATTACKS[0]}
    )
    ticket = desk.until_status(desk.open(body | {"description": f"{body['description']} {hostile}"}), "escalated")
    desk.say(ticket["id"], hostile)
    desk.say(ticket["id"], hostile, internal=True, **{"from": "operator"})
    desk.until(ticket["id"], lambda found: len(found["messages"]) == 2)
    with at_work(browser, desk.stack.url) as operator:
        asked: list[str] = []
        operator.page.on("request", lambda request: asked.append(request.url))
        for place in ("queue", f"ticket/{ticket['id']}", f"escalations/{ticket['id']}"):
            shown(operator, place)
            expect(operator.page.get_by_text("<img src=x").first).to_be_visible()
        desk.decide(ticket["id"], "answer", answer=f"**Bold** {hostile}\n\n[a page](https://example.com/help)")
        operator.go(f"ticket/{ticket['id']}")
        answer = operator.page.locator(".said.desk")
        expect(answer.locator("strong", has_text="Bold")).to_be_visible()
        links = answer.locator("a[href]")
        assert [link.get_attribute("href") for link in links.all()] == ["https://example.com/help"]
        assert links.get_attribute("rel") == "noopener noreferrer nofollow"
        assert answer.locator("img, script, svg, style, form, input, iframe").count() == 0
        assert operator.page.evaluate("window.owned") is None
        assert [url for url in asked if not url.startswith(desk.stack.url)] == []


def test_the_page_is_refused_whatever_is_not_its_own(operator: Operator) -> None:
    """The policy holds where our own care might fail: a script in the page, a string as markup, a foreign host."""
    operator.go("queue?status=")
    tried = """async () => {
        const refused = [];
        document.addEventListener('securitypolicyviolation', event => refused.push(event.effectiveDirective));
        const script = document.createElement('script');
        try { script.textContent = 'window.owned = 1'; document.head.append(script); } catch { }
        try { document.body.insertAdjacentHTML('beforeend', '<b>text</b>'); } catch { }
        await fetch('https://example.com/').catch(() => null);
        await new Promise(resolve => setTimeout(resolve, 100));
        return [window.owned ?? null, [...new Set(refused)].sort()];
    }"""
    owned, refused = operator.page.evaluate(tried)
    assert owned is None
    assert set(refused) >= {"connect-src", "require-trusted-types-for"}
    operator.notes.clear()
