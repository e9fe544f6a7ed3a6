"""Deciding by a link from a notification: it is one person's, for one thing, once; and looking decides nothing."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from adapters.approval_links import AUDIENCE
from tests.stack.callers import ADA, BOB, LINK_SECRET, MACHINE_KEY, PUBLIC_URL, person
from tests.stack.desk import Desk, Json
from tests.stack.webhook import Webhook

type Links = dict[tuple[str, str], str]

ASKS: Json = {"id": "u-1009", "email": "people.partner1@example.com"}


def token(url: str) -> str:
    return parse_qs(urlsplit(url).query)["link"][0]


@pytest.fixture
def waiting(guarded_desk: Desk) -> Json:
    return guarded_desk.escalated("Approval", requester=ASKS)


@pytest.fixture
def links(webhook: Webhook, waiting: Json) -> Links:
    """The tokens that the notification of the escalation carries, by person and decision."""
    (told,) = webhook.until(waiting["id"], "escalated")[:1]
    return {(link["person"], link["decision"]): token(link["url"]) for link in told["links"]}


def look(desk: Desk, link: str, who: dict[str, str] | None) -> httpx.Response:
    return desk.api.get("/approval", params={"link": link}, headers=who or {}, auth=None)


def use(desk: Desk, link: str, who: dict[str, str] | None, **headers: str) -> httpx.Response:
    return desk.api.request("POST", "/approval", data={"link": link}, headers=(who or {}) | headers, auth=None)


def refused(answer: httpx.Response, status: int, title: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("text/html")
    assert title in answer.text
    assert "Nothing was changed" in answer.text


def trail(desk: Desk, ticket_id: str) -> list[tuple[str, str, str]]:
    lines = desk.api.get("/audit", params={"target": f"ticket:{ticket_id}", "limit": "100"}).json()["items"]
    return [(line["act"], line["actor"], line["outcome"]) for line in reversed(lines)]


def test_whoever_is_asked_looks_and_then_approves_once(guarded_desk: Desk, waiting: Json, links: Links) -> None:
    assert set(links) == {(name, verb) for name in (ADA, BOB) for verb in ("approve", "reject")}
    link, ada = links[ADA, "approve"], person(ADA, "approver")
    page = look(guarded_desk, link, ada)
    assert page.status_code == 200, page.text
    for shown in ("finance-share", waiting["id"], ADA, "Approve exactly this"):
        assert shown in page.text
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert guarded_desk.ticket(waiting["id"])["status"] == "escalated", "looking decides nothing"
    done = use(guarded_desk, link, ada, **{"Sec-Fetch-Site": "same-origin", "Origin": "null"})
    assert done.status_code == 202, done.text
    ticket = guarded_desk.until_status(waiting["id"], "resolved")
    assert [action["kind"] for action in ticket["actions"]] == ["add_to_group"]
    assert (ticket["escalation"]["decided"]["by"], ticket["escalation"]["decided"]["decision"]) == (ADA, "approve")
    refused(use(guarded_desk, link, ada), 410, "This link was used")
    refused(use(guarded_desk, links[BOB, "approve"], person(BOB, "approver")), 409, "Conflict")
    refused(look(guarded_desk, links[BOB, "reject"], person(BOB)), 409, "This is over")
    assert trail(guarded_desk, waiting["id"]) == [
        ("ticket.approve", ADA, "accepted"),
        ("action.add_to_group", ADA, "begun"),
        ("action.add_to_group", ADA, "done"),
        ("approval_link.use", ADA, "refused"),
        ("ticket.approve", BOB, "refused"),
        ("approval_link.use", BOB, "refused"),
        ("approval_link.use", BOB, "refused"),
    ]


def made(**changes: Any) -> str:
    claims: dict[str, Any] = {"iss": PUBLIC_URL, "aud": AUDIENCE, "jti": "made", "exp": 4_000_000_000} | changes
    return jwt.encode(claims, LINK_SECRET, "HS256")


def test_links_that_are_not_theirs_altered_expired_or_of_another_asking_are_refused(
    guarded_desk: Desk, waiting: Json, links: Links
) -> None:
    escalation = waiting["escalation"]
    right = {
        "sub": ADA, "ticket": waiting["id"], "escalation": escalation["id"], "actions": escalation["action_hash"],
        "decision": "approve",
    }  # fmt: skip
    link, ada, eve = links[ADA, "approve"], person(ADA, "approver"), person("eve@example.com", "approver", "admin")
    attempts: list[tuple[str, dict[str, str] | None, int, str]] = [
        (link, eve, 403, "somebody else"),
        (link, {"x-functions-key": MACHINE_KEY}, 403, "somebody else"),
        (link, None, 401, "Please sign in"),
        (link, person(ADA), 403, "Forbidden"),
        (link[:-4] + "AAAA", ada, 400, "not valid"),
        ("", ada, 400, "not valid"),
        (made(**right, exp=1_000_000_000), ada, 410, "has expired"),
        (made(**(right | {"escalation": "1-0-" + escalation["action_hash"]})), ada, 409, "Conflict"),
        (made(**(right | {"actions": "0" * 64})), ada, 409, "Conflict"),
        (made(**(right | {"sub": waiting["requester"]["email"]})), person(waiting["requester"]["email"], "approver"),
         403, "Forbidden"),
        (made(**(right | {"ticket": "0" * 24})), ada, 404, "Not found"),
        (made(**(right | {"ticket": "../tickets"})), ada, 404, "Not found"),
    ]  # fmt: skip
    for given, who, status, title in attempts:
        refused(use(guarded_desk, given, who), status, title)
    assert use(guarded_desk, link, ada, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    ticket = guarded_desk.ticket(waiting["id"])
    assert (ticket["status"], ticket["actions"], ticket["escalation"]["refused"]) == ("escalated", [], [])
    outcomes = {outcome for _, _, outcome in trail(guarded_desk, waiting["id"])}
    assert outcomes == {"refused"}
    assert len(trail(guarded_desk, waiting["id"])) >= 8
    assert use(guarded_desk, links[BOB, "reject"], person(BOB)).status_code == 202
    assert guarded_desk.until_status(waiting["id"], "resolved")["escalation"]["decided"]["by"] == BOB


def test_whoever_is_not_signed_in_is_sent_to_do_so_and_back(guarded_desk: Desk, links: Links) -> None:
    answer = look(guarded_desk, links[ADA, "reject"], None)
    assert answer.status_code == 302
    to = urlsplit(answer.headers["Location"])
    assert (to.netloc, to.path) == ("", "/.auth/login/aad")
    (back,) = parse_qs(to.query)["post_login_redirect_uri"]
    assert back.startswith("/api/approval?link=")
    assert token(back) == links[ADA, "reject"]


def test_no_log_tells_a_link_or_a_key(guarded_desk: Desk, links: Links) -> None:
    for link in links.values():
        look(guarded_desk, link, person(ADA))
    guarded_desk.api.get("/me", headers={"x-functions-key": MACHINE_KEY}, params={"code": MACHINE_KEY})
    log = guarded_desk.stack.log.read_text()
    assert "GET /api/approval" in log
    for secret in (*links.values(), LINK_SECRET, MACHINE_KEY):
        assert secret not in log
        assert secret[-20:] not in log
