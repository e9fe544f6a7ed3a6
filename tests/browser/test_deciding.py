"""Decisions at the console: by mouse, by keyboard alone, by two people at once."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.operator import Operator, at_work
from tests.stack.desk import Desk, Json


@pytest.fixture
def waiting(desk: Desk) -> Json:
    """A ticket that waits for an approval."""
    return desk.escalated("Approval")


def test_an_approver_sees_the_exact_action_and_approves_it(desk: Desk, operator: Operator, waiting: Json) -> None:
    operator.go(f"escalations/{waiting['id']}")
    panel = operator.panel("Waiting for a person")
    for shown in (
        "add to group",
        "finance-share",
        waiting["escalation"]["action_hash"],
        waiting["escalation"]["reason"],
    ):
        expect(panel).to_contain_text(shown)
    panel.get_by_role("button", name="Approve").click()
    dialog = operator.dialog("Approve exactly this")
    expect(dialog).to_contain_text("finance-share")
    dialog.get_by_label("Note").fill("The owner agreed.")
    dialog.get_by_role("button", name="Approve").click()
    operator.told("Done: approve")
    ticket = desk.until_status(waiting["id"], "resolved")
    decided = ticket["escalation"]["decided"]
    assert (decided["decision"], decided["by"], decided["note"]) == ("approve", "Operator", "The owner agreed.")
    assert [action["kind"] for action in ticket["actions"]] == ["add_to_group"]
    expect(operator.line(waiting["id"])).to_have_count(0)


def test_everything_can_be_done_by_keyboard_alone(browser: Browser, desk: Desk, waiting: Json) -> None:
    with at_work(browser, desk.stack.url, name=None) as operator:
        operator.go("queue")
        operator.press("Control+k")
        palette = operator.dialog("Command palette")
        operator.page.keyboard.type("waiting nothing is called so")
        expect(palette).to_contain_text("Nothing is called so")
        operator.press("Escape", "Control+k")
        operator.page.keyboard.type("go to escal")
        operator.press("Enter")
        operator.page.get_by_role("heading", name="Escalations").wait_for()  # the queue has that line too
        expect(operator.line(waiting["id"])).to_be_visible()
        operator.press("j")
        expect(operator.page).to_have_url(re.compile(r"#/escalations/\w"))
        while not operator.page.url.endswith(waiting["id"]):
            before = operator.page.url
            operator.press("j")
            expect(operator.page).not_to_have_url(before)
        operator.panel("Waiting for a person").wait_for()
        operator.press("s")
        operator.dialog("Reassign").wait_for()
        operator.press("Control+a")
        operator.page.keyboard.type("second-line")
        operator.press("Enter")
        operator.dialog("Who is acting?").wait_for()
        operator.page.keyboard.type("Kim")
        operator.press("Enter")
        operator.told("Assigned to second-line")

        operator.press("x")
        operator.dialog("Reject").wait_for()
        operator.page.keyboard.type("The owner has not agreed.")
        operator.press("Control+Enter")
        operator.told("Done: reject")
        ticket = desk.until_status(waiting["id"], "resolved")
        assert (ticket["answer"], ticket["escalation"]["decided"]["by"]) == ("The owner has not agreed.", "Kim")

        operator.press("g", "q")
        expect(operator.page.get_by_label("Search tickets")).to_be_visible()
        operator.press("/")
        operator.page.keyboard.type(waiting["id"])
        operator.press("Enter")
        expect(operator.page.locator(".ticket-line")).to_have_count(1)
        expect(operator.line(waiting["id"])).to_be_visible()
        operator.press("j", "Enter")
        operator.panel("Conversation").wait_for()
        operator.press("n")
        operator.dialog("Internal note").wait_for()
        operator.page.keyboard.type("Told the owner by phone.")
        operator.press("Control+Enter")
        expect(operator.panel("Conversation")).to_contain_text("Kim: Told the owner by phone.")
        operator.press("?")
        expect(operator.dialog("Keys")).to_contain_text("Back to the queue")
        operator.press("Escape", "u")
        expect(operator.page.get_by_role("heading", name="Queue")).to_be_visible()


def test_of_two_operators_on_one_ticket_the_second_is_told_what_the_first_decided(
    browser: Browser, desk: Desk, waiting: Json
) -> None:
    with at_work(browser, desk.stack.url, name="Ana") as ana, at_work(browser, desk.stack.url, name="Ben") as ben:
        for person in (ana, ben):
            person.go(f"ticket/{waiting['id']}")
            person.panel("Waiting for a person").get_by_role("button", name="Approve").click()
        # Ben has read the ticket and thinks; what Ana does meanwhile must not slip under his decision.
        ana.dialog("Approve exactly this").get_by_role("button", name="Approve").click()
        ana.told("Done: approve")
        ben.dialog("Approve exactly this").get_by_role("button", name="Approve").click()
        ben.told("Ana decided already: approve")
        expect(ben.panel("Was with a person")).to_contain_text("Ana decided approve")
    decided = desk.ticket(waiting["id"])["escalation"]
    assert (decided["decided"]["by"], decided["refused"]) == ("Ana", [])


def test_of_two_clicks_at_one_moment_one_counts_and_the_other_is_told(
    browser: Browser, desk: Desk, waiting: Json
) -> None:
    with at_work(browser, desk.stack.url, name="Ana") as ana, at_work(browser, desk.stack.url, name="Ben") as ben:
        for person in (ana, ben):
            person.go(f"ticket/{waiting['id']}")
            person.press("a")
            person.dialog("Approve exactly this").wait_for()
        for person in (ana, ben):
            person.press("Control+Enter")
        said = [person.page.locator(".toast").first.text_content(timeout=30_000) or "" for person in (ana, ben)]
    assert sorted(text.startswith("Done: approve") for text in said) == [False, True], said
    assert sum("decided already: approve" in text for text in said) == 1, said
    assert [action["kind"] for action in desk.ticket(waiting["id"])["actions"]] == ["add_to_group"]


def test_who_is_signed_in_acts_under_their_own_name_and_is_told_what_their_role_may_not(
    browser: Browser, desk: Desk, waiting: Json
) -> None:
    played = {"X-Desk-Principal": "lin@example.com", "X-Desk-Roles": "operator"}
    with at_work(browser, desk.stack.url, name="Somebody else", extra_http_headers=played) as operator:
        operator.go(f"escalations/{waiting['id']}")
        expect(operator.page.get_by_text("Signed in as lin@example.com")).to_be_visible()
        expect(operator.page.get_by_role("button", name="Acting as")).to_have_count(0)
        operator.panel("Waiting for a person").get_by_role("button", name="Approve").click()
        operator.dialog("Approve exactly this").get_by_role("button", name="Approve").click()
        operator.told("approving takes the role approver")
        operator.panel("Waiting for a person").get_by_role("button", name="Reject").click()
        operator.dialog("Reject").get_by_role("button", name="Reject").click()
        operator.told("Done: reject")
    assert desk.until_status(waiting["id"], "resolved")["escalation"]["decided"]["by"] == "lin@example.com"
