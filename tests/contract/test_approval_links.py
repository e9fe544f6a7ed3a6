"""Approval links: what is signed comes back, and nothing else is believed."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from adapters.approval_links import AUDIENCE, SignedApprovalLinks
from shared.approval_links import LinkRefused
from shared.events import Notification

SIGNED_WITH, OTHER = "signed in tests " * 3, "signed elsewhere " * 3
BASE = "https://desk.example.com"
AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def links(secret: str = SIGNED_WITH, base: str = BASE) -> SignedApprovalLinks:
    approvers = {"service-desk": ("ada@example.com", "bob@example.com"), "nobody": ()}
    return SignedApprovalLinks(secret, base, timedelta(hours=1), approvers)


def notification(**changes: Any) -> Notification:
    plain: dict[str, Any] = {
        "id": "n1", "event": "escalated", "ticket_id": "t1", "subject": "Access", "to": "service-desk", "text": "asked",
        "at": AT, "escalation_id": "1-1-abc", "action_hash": "abc",
    }  # fmt: skip
    return Notification.model_validate(plain | changes)


def token(url: str) -> str:
    return parse_qs(urlsplit(url).query)["link"][0]


def test_everybody_of_a_team_gets_a_link_for_each_decision_of_their_own():
    offers = links().offers(notification())
    assert {(offer.person, offer.decision) for offer in offers} == {
        (person, decision) for person in ("ada@example.com", "bob@example.com") for decision in ("approve", "reject")
    }
    assert all(offer.url.startswith(f"{BASE}/api/approval?link=") for offer in offers)
    grants = [links().read(token(offer.url)) for offer in offers]
    assert len({grant.id for grant in grants}) == 4
    assert {(grant.person, grant.decision) for grant in grants} == {(offer.person, offer.decision) for offer in offers}
    for grant in grants:
        assert (grant.ticket_id, grant.escalation_id, grant.action_hash) == ("t1", "1-1-abc", "abc")
        assert grant.expires_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_a_notification_told_again_has_the_same_links():
    assert links().offers(notification()) == links().offers(notification())


def test_a_listed_person_gets_links_by_name_and_whoever_a_ticket_is_just_assigned_to_gets_none():
    assert {offer.person for offer in links().offers(notification(to="bob@example.com"))} == {"bob@example.com"}
    for unlisted in ("eve@example.com", "nobody", "Service-Desk"):
        assert links().offers(notification(to=unlisted)) == ()


@pytest.mark.parametrize(
    "changes", [{"event": "replied"}, {"event": "handed_over"}, {"escalation_id": None}, {"action_hash": None}]
)
def test_what_asks_nobody_to_decide_has_no_links(changes: dict[str, Any]):
    assert links().offers(notification(**changes)) == ()


def test_a_link_that_has_expired_still_says_whose_it_was():
    (offer, *_) = links().offers(notification(at=AT - timedelta(days=300)))
    assert links().read(token(offer.url)).person == "ada@example.com"


def forged(**changes: Any) -> str:
    claims: dict[str, Any] = {
        "jti": "x", "sub": "eve@example.com", "exp": 4_000_000_000, "ticket": "t1", "escalation": "1-1-abc",
        "actions": "abc", "decision": "approve", "iss": BASE, "aud": AUDIENCE,
    }  # fmt: skip
    claims |= changes
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, SIGNED_WITH, "HS256")


def unsigned(algorithm: str) -> str:
    _, body, _ = forged().split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()).decode().rstrip("=")
    return f"{head}.{body}."


def altered() -> str:
    (offer, *_) = links().offers(notification())
    header, body, signature = token(offer.url).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "eve@example.com"}).encode()).decode().rstrip("=")
    return f"{header}.{changed}.{signature}"


REFUSED = {
    "nothing": "", "no token": "approve", "three dots": "...", "NUL": "a.\x00.b", "a lone surrogate": "\ud800",
    "very long": "a" * 5_000, "another's person": altered(), "no signature": unsigned("none"),
    "another algorithm": unsigned("RS256"), "another desk": forged(iss="https://other.example.com"),
    "another purpose": forged(aud="session"), "no end": forged(exp=None), "an end that is no time": forged(exp="soon"),
    "an end out of this world": forged(exp=10**18),
    "no person": forged(sub=None), "another verb": forged(decision="close"),
}  # fmt: skip


@pytest.mark.parametrize("given", REFUSED.values(), ids=list(REFUSED))
def test_what_was_not_made_here_or_was_altered_is_refused(given: str):
    with pytest.raises(LinkRefused):
        links().read(given)


def test_a_link_signed_with_another_key_is_refused():
    (offer, *_) = links(OTHER).offers(notification())
    with pytest.raises(LinkRefused):
        links().read(token(offer.url))


def test_the_forged_ones_would_pass_but_for_what_is_wrong_with_them():
    assert links().read(forged()).person == "eve@example.com"
