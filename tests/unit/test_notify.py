"""Whoever is asked to decide is told with links, where the desk can sign them."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from activities.notify import notify
from adapters.approval_links import SignedApprovalLinks
from shared.approval_links import LinkedNotification
from shared.events import Notification
from shared.ports import Desk

APPROVERS = {"lead": ("ada@example.com",)}


async def told(links: SignedApprovalLinks | None, event: Any = "escalated") -> Notification:
    heard: list[Notification] = []

    class Notifier:
        async def notify(self, notification: Notification) -> None:
            heard.append(notification)

    given = Notification(
        id="n1", event=event, ticket_id="t1", subject="Access", to="lead", text="asked",
        at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC), escalation_id="1-1-abc", action_hash="abc",
    )  # fmt: skip
    await notify(given, cast(Desk, SimpleNamespace(notifier=Notifier(), approval_links=links)))
    (one,) = heard
    return one


async def test_links_stand_beside_the_words_and_never_in_them():
    linked = await told(
        SignedApprovalLinks("signed in tests " * 3, "https://desk.example.com", timedelta(hours=1), APPROVERS)
    )
    assert isinstance(linked, LinkedNotification)
    assert [link.decision for link in linked.links] == ["approve", "reject"]
    assert "approval" not in linked.text
    assert '"links"' in linked.model_dump_json()


async def test_without_a_key_and_where_nobody_is_asked_there_are_none():
    links = SignedApprovalLinks("signed in tests " * 3, "https://desk.example.com", timedelta(hours=1), APPROVERS)
    for one in (await told(None), await told(links, "replied")):
        assert not isinstance(one, LinkedNotification)
