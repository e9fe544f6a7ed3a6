"""What a team lives with from day to day: dashboard, alerts, the watch, advice, putting an action back."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.operator import Operator, at_work
from tests.stack.desk import Desk, sample
from tests.stack.watch import cycles, over


def test_the_dashboard_shows_figures_charts_and_how_the_month_is_reckoned(desk: Desk, operator: Operator) -> None:
    asked = desk.api.get("/dashboard", params={"window": "7d"}).json()
    operator.go("dashboard")
    operator.page.get_by_role("link", name="Last week").click()
    expect(operator.panel("Performance")).to_contain_text(f"Tickets{asked['performance']['total']['value']:.0f}")
    cost = operator.panel("Cost")
    cost.get_by_text("Arithmetic").click()
    expect(cost).to_contain_text("days x 30 days")
    expect(operator.panel("Last ten").locator("tbody tr")).to_have_count(len(asked["last"]))
    charts = operator.page.locator(".chart")
    expect(charts.locator("canvas")).to_have_count(4)
    operator.page.wait_for_function(PAINTED)
    tickets = charts.filter(has_text="came in")
    tickets.get_by_text("As a table").click()
    rows = tickets.locator("tbody tr")
    expect(rows).to_have_count(len(asked["series"]))
    counts = [int(text) for text in rows.locator("td:nth-child(2)").all_inner_texts()]
    assert sum(counts) >= asked["performance"]["total"]["value"]
    expect(operator.panel("What became of them").get_by_role("rowheader").first).to_be_visible()


def test_the_dashboard_shows_how_the_watch_does_and_its_last_ten_cycles(desk: Desk, operator: Operator) -> None:
    known = desk.api.get("/dashboard").json()["watch"]
    operator.go("dashboard")
    watch = operator.panel("The watch")
    expect(watch).to_contain_text(f"Cycles{known['total']['value']:.0f}")
    rows = watch.locator("tbody tr")
    expect(rows).to_have_count(len(known["last"]))
    expect(rows.first).to_contain_text("completed")
    expect(rows.first.locator("td").nth(5)).to_have_text(re.compile(r"\d"))
    rows.first.get_by_role("link").click()
    operator.page.wait_for_url(re.compile(f"#/watch/{known['last'][0]['id']}"))


PAINTED = """() => [...document.querySelectorAll('.chart canvas')].every(canvas =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(part => part > 0))"""


def test_an_alert_is_seen_acknowledged_once_and_cleared_by_keyboard(desk: Desk, operator: Operator) -> None:
    (alert, *_) = desk.api.get("/alerts", params={"state": "open,acknowledged"}).json()["items"]
    operator.go(f"alerts/{alert['id']}")
    expect(operator.page.get_by_role("link", name="Alerts").locator(".count")).to_contain_text("1")
    expect(operator.panel("What is wrong")).to_contain_text(alert["text"])
    expect(operator.panel("Who was told")).to_contain_text("console")
    operator.press("a")
    dialog = operator.dialog("Acknowledge")
    dialog.wait_for()
    desk.api.post(f"/alerts/{alert['id']}/acknowledge", json={"by": "ada", "note": "on it"}).raise_for_status()
    dialog.get_by_role("button", name="Acknowledge").click()
    operator.told("Not done: the alert has changed since you read it: acknowledged by ada")
    expect(operator.panel("What is wrong")).to_contain_text("on it")
    operator.press("c")
    operator.dialog("Clear").get_by_label("Note").fill("Replayed.")
    operator.press("Control+Enter")
    operator.told("Done: clear")
    cleared = desk.api.get(f"/alerts/{alert['id']}").json()
    assert (cleared["state"], cleared["cleared_by"], cleared["note"]) == ("cleared", "Operator", "Replayed.")


def test_a_cycle_of_the_watch_is_started_followed_and_read(desk: Desk, operator: Operator) -> None:
    operator.go("watch")
    operator.press("n")
    operator.dialog("Start a cycle").get_by_role("button", name="Start").click()
    operator.told("The crew has begun.")
    operator.page.wait_for_url(re.compile(r"#/watch/\w"))
    expect(operator.panel("Brief")).to_contain_text("Executive summary")
    for title in ("Progress", "What it took", "What wants attention", "Analysis", "Collected"):
        expect(operator.panel(title)).to_be_visible()
    expect(operator.panel("Progress")).to_contain_text("7 of 7 steps")
    cycle = operator.page.url.rpartition("/")[2]
    assert desk.api.get(f"/watch/cycles/{cycle}").json()["status"] == "completed"


def test_a_second_cycle_is_refused_politely(desk: Desk, operator: Operator) -> None:
    """Both are asked for at once: the desk lets one begin, and the page says what came of the other."""
    operator.go("watch")
    operator.press("n")
    dialog = operator.dialog("Start a cycle")
    dialog.wait_for()
    desk.api.post("/watch").raise_for_status()
    dialog.get_by_role("button", name="Start").click()
    operator.told("Not started, only one runs at a time")
    operator.page.locator(".line", has_text="running").first.wait_for()
    assert over(desk, cycles(desk)[0]["cycle_id"])["status"] == "completed"


def test_what_voters_think_is_laid_out_and_an_action_put_back(browser: Browser, desk: Desk) -> None:
    waiting = desk.escalated("Approval", requester={"id": "u-1006"})
    with at_work(browser, desk.stack.url) as operator:
        operator.go(f"escalations/{waiting['id']}")
        advice = operator.page.get_by_role("region", name="What voters think")
        for opinion in waiting["escalation"]["advice"]["opinions"]:
            expect(advice).to_contain_text(opinion["voter"])
        desk.decide(waiting["id"], "approve", action_hash=waiting["escalation"]["action_hash"])
        desk.until_status(waiting["id"], "resolved")
        operator.go(f"ticket/{waiting['id']}")
        operator.panel("Carried out").get_by_role("button", name="Undo").click()
        operator.dialog("Put this back?").get_by_role("button", name="Undo").click()
        operator.told("Put back.")
        expect(operator.panel("Carried out")).to_contain_text("put back")
        expect(operator.panel("Conversation")).to_contain_text("undone by Operator")


def test_what_the_requester_thought_stands_with_the_ticket(desk: Desk, operator: Operator) -> None:
    ticket = desk.resolved(sample("Easy"))
    rating = {"by": ticket["requester"]["id"], "score": 4, "comment": "Quick."}
    desk.api.post(f"/tickets/{ticket['id']}/rating", json=rating).raise_for_status()
    operator.go(f"ticket/{ticket['id']}")
    expect(operator.panel("Rated")).to_contain_text("4 of 5")
    expect(operator.panel("Rated")).to_contain_text("Quick.")
