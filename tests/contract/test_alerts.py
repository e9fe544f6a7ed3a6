"""The contract of alerts, over SQLite and Cosmos DB: one open at a time, handled once, delivered in order."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.alerts import SqliteAlerts
from adapters.cosmos_account import Cosmos
from adapters.cosmos_alerts import CosmosAlerts
from shared.alerts import (
    EVENTS,
    Alert,
    AlertQuery,
    Alerts,
    ChannelChoice,
    Delivery,
    DeliveryPlan,
    Handling,
    Observation,
    Rule,
)
from shared.errors import Conflict, InvalidCursor, Unavailable
from tests.contract.tickets import NOON

RULE = Rule(
    name="dead_letters", metric="helpdesk.dead_letters", source="dead_letters", severity="warning", raise_at=1,
    clear_at=0, clear_after_s=0, says="{value} letters", advice="replay them",
)  # fmt: skip
PLAN = DeliveryPlan(
    channels=(ChannelChoice(name="console"), ChannelChoice(name="slack", least="critical")),
    expires_after=timedelta(hours=1),
)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.db"


@pytest.fixture
def in_file(path: Path) -> Iterator[tuple[Alerts, Alerts]]:
    both = SqliteAlerts(path), SqliteAlerts(path)
    yield both
    for alerts in both:
        alerts.close()


@pytest.fixture
def in_cosmos(cosmos: Cosmos) -> tuple[Alerts, Alerts]:
    return CosmosAlerts(cosmos), CosmosAlerts(cosmos)


@pytest.fixture(params=["in_file", "in_cosmos"])
def both(request: pytest.FixtureRequest) -> tuple[Alerts, Alerts]:
    """Two that share what they keep, as two processes do."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def alerts(both: tuple[Alerts, Alerts]) -> Alerts:
    return both[0]


def saw(value: float, subject: str = "desk") -> list[Observation]:
    return [Observation(rule=RULE, subject=subject, value=value)]


async def raised(alerts: Alerts, subject: str = "desk", minutes: int = 0) -> Alert:
    (notice,) = await alerts.observe("acme", saw(3, subject), NOON + minutes * MINUTE, PLAN)
    assert notice.change == "raised"
    return notice.alert


async def test_what_lasts_is_one_alert_with_its_latest_and_highest_value(alerts: Alerts):
    alert = await raised(alerts)
    for value in (9, 4):
        assert await alerts.observe("acme", saw(value), NOON + MINUTE, PLAN) == ()
    (kept,) = (await alerts.find(AlertQuery(tenant="acme"))).items
    assert (kept.id, kept.value, kept.peak, kept.version, kept.text) == (alert.id, 4, 9, 1, "3 letters")


async def test_two_looks_at_once_raise_one_alert(both: tuple[Alerts, Alerts]):
    told = await asyncio.gather(*(alerts.observe("acme", saw(3), NOON, PLAN) for alerts in both))
    assert sorted(map(len, told)) == [0, 1]


async def test_it_clears_by_itself_and_may_be_raised_again(alerts: Alerts):
    first = await raised(alerts)
    (notice,) = await alerts.observe("acme", saw(0), NOON + MINUTE, PLAN)
    assert (notice.change, notice.alert.id, notice.alert.cleared_by) == ("cleared", first.id, "itself")
    assert (await raised(alerts, minutes=2)).id != first.id


async def test_a_person_acknowledges_once_and_clears_once(alerts: Alerts):
    alert = await raised(alerts)
    ada, bob = Handling(by="ada", note="on it"), Handling(by="bob")
    taken = await alerts.handle("acme", alert.id, "acknowledged", ada, NOON, PLAN)
    assert (taken.state, taken.acknowledged_by, taken.note, taken.version) == ("acknowledged", "ada", "on it", 2)
    with pytest.raises(Conflict, match="by ada"):
        await alerts.handle("acme", alert.id, "acknowledged", bob, NOON, PLAN)
    with pytest.raises(Conflict, match="since you read it"):
        await alerts.handle("acme", alert.id, "cleared", bob, NOON, PLAN, version=1)
    cleared = await alerts.handle("acme", alert.id, "cleared", bob, NOON, PLAN, version=2)
    assert (cleared.state, cleared.cleared_by, cleared.note) == ("cleared", "bob", "on it")
    with pytest.raises(Conflict, match="by bob"):
        await alerts.handle("acme", alert.id, "acknowledged", ada, NOON, PLAN)
    with pytest.raises(LookupError):
        await alerts.handle("acme", "nope", "cleared", ada, NOON, PLAN)


async def test_what_a_person_cleared_stays_so_while_it_lasts(alerts: Alerts):
    alert = await raised(alerts)
    await alerts.handle("acme", alert.id, "cleared", Handling(by="ada"), NOON, PLAN)
    assert await alerts.observe("acme", saw(3), NOON + MINUTE, PLAN) == ()
    await alerts.observe("acme", saw(0), NOON + 2 * MINUTE, PLAN)
    assert await raised(alerts, minutes=3)


async def test_tenants_see_their_own(alerts: Alerts):
    alert = await raised(alerts)
    assert await alerts.get("other", alert.id) is None
    assert (await alerts.find(AlertQuery(tenant="other"))).items == ()


async def test_pages_go_newest_first_and_by_state(alerts: Alerts):
    ids = [(await raised(alerts, f"queue-{number}", number)).id for number in range(3)]
    await alerts.handle("acme", ids[1], "acknowledged", Handling(by="ada"), NOON, PLAN)
    first = await alerts.find(AlertQuery(tenant="acme", limit=2))
    second = await alerts.find(AlertQuery(tenant="acme", limit=2, cursor=first.next_cursor))
    assert [alert.id for alert in (*first.items, *second.items)] == ids[::-1]
    assert second.next_cursor is None
    unhandled = await alerts.find(AlertQuery(tenant="acme", state=("open",)))
    assert [alert.id for alert in unhandled.items] == [ids[2], ids[0]]
    with pytest.raises(InvalidCursor):
        await alerts.find(AlertQuery(tenant="acme", cursor="x"))


async def test_channels_hear_of_what_is_severe_enough_for_them(alerts: Alerts):
    alert = await raised(alerts)
    assert {delivery.channel for delivery in await alerts.deliveries(alert.id)} == {EVENTS, "console"}


async def test_a_delivery_is_given_to_one_and_again_when_its_taker_died(alerts: Alerts):
    await raised(alerts)
    assert len(await alerts.take_due(NOON, 10)) == 2
    assert await alerts.take_due(NOON, 10) == ()
    assert len(await alerts.take_due(NOON + 2 * MINUTE, 10)) == 2


async def test_a_channel_hears_of_an_alert_in_order(alerts: Alerts):
    alert = await raised(alerts)
    (waits,) = [delivery for delivery in await alerts.take_due(NOON, 10) if delivery.channel == "console"]
    await alerts.note(waits.model_copy(update={"next_at": NOON + 10 * MINUTE, "error": "down"}))
    await alerts.handle("acme", alert.id, "acknowledged", Handling(by="ada"), NOON, PLAN)
    later = NOON + 5 * MINUTE
    assert {delivery.channel for delivery in await alerts.take_due(later, 10)} == {EVENTS}
    await settle_all(alerts, NOON + 11 * MINUTE)
    found = [delivery for delivery in await alerts.deliveries(alert.id) if delivery.channel == "console"]
    assert [(delivery.notice.change, delivery.state) for delivery in found] == [
        ("raised", "delivered"), ("acknowledged", "pending"),
    ]  # fmt: skip
    (last,) = [delivery for delivery in await alerts.take_due(NOON + 12 * MINUTE, 10) if delivery.channel == "console"]
    assert last.notice.change == "acknowledged"


async def test_what_came_too_late_is_marked_and_sent_no_more(alerts: Alerts):
    alert = await raised(alerts)
    assert await alerts.take_due(NOON + timedelta(hours=1), 10) == ()
    assert {delivery.state for delivery in await alerts.deliveries(alert.id)} == {"expired"}


async def test_a_file_that_cannot_be_used_is_unavailable(tmp_path: Path):
    (tmp_path / "archive.db").mkdir()
    with pytest.raises(Unavailable):
        await SqliteAlerts(tmp_path / "archive.db").find(AlertQuery(tenant="acme"))


async def settle_all(alerts: Alerts, at: datetime) -> None:
    for delivery in await alerts.take_due(at, 10):
        await alerts.note(arrived(delivery))


def arrived(delivery: Delivery) -> Delivery:
    return delivery.model_copy(update={"state": "delivered", "error": None})
