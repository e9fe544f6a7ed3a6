"""What else is done at the console: dead letters, tasks, drafts, filters, the key."""

import json
import re
from typing import Any
from uuid import uuid4

from playwright.sync_api import Route, expect

from tests.browser.operator import Operator
from tests.stack.desk import Desk, sample, until


def test_a_dead_letter_is_edited_and_replayed(desk: Desk, operator: Operator) -> None:
    sign = f"sign {uuid4().hex}"
    desk.queue("tickets").send_message(json.dumps(sample(subject=sign) | {"urgency": "high"}))
    operator.go("dead_letters")
    line = operator.page.locator(".line", has_text=sign)
    line.get_by_role("link").click()
    expect(operator.panel("Why it failed")).to_contain_text("urgency")
    body = operator.page.get_by_label("Body of the message")
    body.fill("{ not JSON")
    operator.page.get_by_role("button", name="Replay edited").click()
    operator.told("This is not JSON")
    body.fill(json.dumps(sample(subject=sign)))
    operator.page.get_by_role("button", name="Replay edited").click()
    operator.told("Replayed, edited")
    expect(line).to_have_count(0)
    (ticket,) = until(lambda: desk.find(q=sign.removeprefix("sign "))["items"], bool)
    desk.until_status(ticket["id"], "resolved", "escalated")


def test_a_waiting_task_is_decided(desk: Desk, operator: Operator) -> None:
    (task, *_) = desk.api.get("/tasks", params={"status": "waiting"}).json()["items"]
    operator.go(f"tasks/{task['id']}")
    panel = operator.panel("Waiting for a person")
    expect(panel).to_contain_text("badge reader")
    panel.get_by_role("button", name="hardware").click()
    operator.dialog("Decide: hardware").get_by_role("button", name="hardware").click()
    operator.told("The task has been told")
    expect(operator.panel("Result")).to_contain_text("hardware")
    assert desk.api.get(f"/task/{task['id']}").json()["status"] == "completed"


def test_a_draft_is_read_as_readers_would_edited_and_approved(desk: Desk, operator: Operator) -> None:
    (draft, *_) = desk.api.get("/knowledge/drafts").json()["items"]
    operator.go(f"drafts/{draft['id']}")
    expect(operator.panel("Article").locator(".prose h2").first).to_be_visible()
    operator.press("e")
    text = operator.page.get_by_label("Text of the article")
    text.fill(text.input_value() + "\n\n## Afterwards\n\nSign in again.\n")
    operator.page.get_by_role("button", name="Approve edited").click()
    operator.dialog("Approve this article?").get_by_role("button", name="approve").click()
    operator.told("Done: approve")
    expect(operator.page.locator(".decided")).to_contain_text("Operator decided approve")
    decided = desk.api.get(f"/knowledge/drafts/{draft['id']}").json()["decided"]
    assert decided["by"] == "Operator"


def test_a_batch_shows_its_progress_and_what_failed(desk: Desk, operator: Operator) -> None:
    (batch, *_) = desk.api.get("/batches").json()["items"]
    operator.go(f"batches/{batch['id']}")
    expect(operator.panel("Failed alone")).to_contain_text("/description")
    operator.page.get_by_role("link", name="Its tickets").click()
    expect(operator.page.locator(".ticket-line")).to_have_count(1)


def test_a_filter_is_saved_found_again_and_forgotten(operator: Operator) -> None:
    operator.go("queue?status=")
    operator.page.get_by_label("category").select_option("network")
    expect(operator.page.locator(".ticket-line").first).to_contain_text("network")
    operator.press("Escape")
    operator.page.get_by_role("button", name="Save filter").click()
    operator.dialog("Save this filter").get_by_label("Name").fill("Our network")
    operator.press("Enter")
    operator.go("queue")
    operator.page.reload()
    operator.page.get_by_role("link", name="Our network").click()
    expect(operator.page).to_have_url(operator.page.url)
    expect(operator.page.get_by_label("category")).to_have_value("network")
    operator.page.get_by_role("button", name="Forget the filter Our network").click()
    expect(operator.page.get_by_role("link", name="Our network")).to_have_count(0)


def test_what_is_typed_while_a_search_is_under_way_stays(operator: Operator) -> None:
    operator.go("queue")
    box = operator.page.get_by_label("Search tickets")
    box.evaluate("""box => addEventListener('hashchange', () => {
        box.value += 'tomorrow'
        box.dispatchEvent(new Event('input', { bubbles: true }))
    }, { once: true })""")
    box.fill("no such ticket ")
    expect(operator.page).to_have_url(re.compile("tomorrow"))
    expect(box).to_have_value("no such ticket tomorrow")
    operator.page.get_by_role("link", name="Resolved", exact=True).click()
    expect(box).to_have_value("")


def test_where_the_desk_asks_for_a_key_the_console_does(operator: Operator) -> None:
    keys: list[Any] = []

    def guarded(route: Route) -> None:
        keys.append(route.request.headers.get("x-functions-key"))
        route.continue_() if keys[-1] else route.fulfill(status=401)

    operator.page.route("**/api/tickets**", guarded)
    operator.page.goto(f"{operator.url}/api/console")
    dialog = operator.dialog("The desk asks for a key")
    dialog.get_by_label("Function key").fill("as told")
    dialog.get_by_role("button", name="Continue").click()
    expect(operator.page.locator(".ticket-line").first).to_be_visible()
    assert keys[-1] == "as told"
