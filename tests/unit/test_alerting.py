"""From how the desk stands to what people are told: raised once, tried again, none held up by another."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.alerting import LONGEST_DELAY_S, deliver, look
from adapters.alert_channels import ConsoleChannel
from shared.alerts import Channel, Notice
from shared.errors import Permanent, Transient
from shared.settings import read
from tests.contract.tickets import ticket_document
from tests.unit.test_dashboard import clocks
from triggers.services import Services

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Faulty:
    """A channel that does as a test says, and keeps what arrived."""

    def __init__(self, fault: Callable[[], Exception | None] = lambda: None):
        self.fault = fault
        self.tries = 0
        self.arrived: list[Notice] = []

    async def send(self, notice: Notice) -> None:
        self.tries += 1
        if (error := self.fault()) is not None:
            raise error
        self.arrived.append(notice)


class Desk(Services):
    """The real desk, with one channel in the place of Slack's."""

    def __init__(self, folder: Path, slack: Channel):
        environment = {
            "TENANT": "acme", "ARCHIVE_PATH": str(folder / "archive.db"), "ALERT_CHANNELS": "console,slack",
            "ALERT_SLACK_URL": "https://chat.example/hook",
            "AzureWebJobsStorage": "AccountName=desk;AccountKey=bm9uZQ==;QueueEndpoint=http://127.0.0.1:9/desk;BlobEndpoint=http://127.0.0.1:9/desk;",
        }  # fmt: skip
        super().__init__(read(environment))
        self._slack = slack
        self._console = ConsoleChannel()

    def channel(self, name: str) -> Channel | None:
        return {"slack": self._slack, "console": self._console}.get(name) or super().channel(name)


async def breached(desk: Desk) -> str:
    """A ticket breaks its promises; the id of one of the alerts that are raised by it."""
    await desk.archive.put(ticket_document(clocks=clocks(5, None), created_at=NOW - 5 * 60 * MINUTE))
    notices = await look(desk, NOW)
    assert {(notice.change, notice.alert.rule, notice.alert.subject) for notice in notices} == {
        ("raised", "sla_breached", "first_response"), ("raised", "sla_breached", "resolution"),
    }  # fmt: skip
    return notices[0].alert.id


async def states(desk: Desk, alert_id: str) -> dict[str, tuple[str, int]]:
    return {found.channel: (found.state, found.attempts) for found in await desk.alerts.deliveries(alert_id)}


async def test_what_is_wrong_is_told_once_and_its_end_too(tmp_path: Path):
    desk = Desk(tmp_path, slack := Faulty())
    await breached(desk)
    assert await look(desk, NOW + MINUTE) == ()
    await deliver(desk, NOW + MINUTE)
    await desk.archive.put(ticket_document(version=2, status="resolved", clocks=clocks(5, 4)))
    await look(desk, NOW + 2 * MINUTE)
    cleared = await look(desk, NOW + 5 * MINUTE)
    assert [notice.change for notice in cleared] == ["cleared", "cleared"]
    await deliver(desk, NOW + 5 * MINUTE)
    assert [notice.change for notice in slack.arrived] == ["raised", "raised", "cleared", "cleared"]


async def test_a_channel_that_is_down_is_tried_again_and_holds_up_nobody(tmp_path: Path):
    down = [True]
    desk = Desk(tmp_path, slack := Faulty(lambda: Transient("out of service") if down[0] else None))
    alert_id = await breached(desk)
    await deliver(desk, NOW)
    told = await states(desk, alert_id)
    assert (told["console"], told["events"], told["slack"][0]) == (("delivered", 1), ("delivered", 1), "pending")
    assert slack.tries == 1
    down[0] = False
    await deliver(desk, NOW + MINUTE)
    assert (await states(desk, alert_id))["slack"][0] == "delivered"
    assert len(slack.arrived) == 2


@pytest.mark.parametrize("error", [Transient("no", retry_after_s=120), Transient("no", retry_after_s=86_400)])
async def test_a_channels_wish_to_wait_is_kept_within_reason(tmp_path: Path, error: Transient):
    desk = Desk(tmp_path, slack := Faulty(lambda: error))
    await breached(desk)
    await deliver(desk, NOW)
    await deliver(desk, NOW + MINUTE)
    assert slack.tries == 1
    await deliver(desk, NOW + timedelta(seconds=LONGEST_DELAY_S))
    assert slack.tries > 1


async def test_what_is_refused_is_tried_no_more_and_a_fault_of_ours_is_no_refusal(tmp_path: Path):
    for error, state in ((Permanent("gone"), "refused"), (KeyError("ours"), "pending")):
        desk = Desk(tmp_path / state, Faulty(lambda error=error: error))
        alert_id = await breached(desk)
        await deliver(desk, NOW)
        assert (await states(desk, alert_id))["slack"][0] == state


async def test_a_channel_down_for_too_long_is_given_up(tmp_path: Path):
    desk = Desk(tmp_path, slack := Faulty(lambda: Transient("down")))
    alert_id = await breached(desk)
    for minutes in (0, 10, 59, 61, 120):
        await deliver(desk, NOW + minutes * MINUTE)
    assert (await states(desk, alert_id))["slack"][0] == "expired"
    assert slack.tries == 3


async def test_subscribers_hear_of_it_as_a_cloud_event(tmp_path: Path):
    desk = Desk(tmp_path, Faulty())
    alert_id = await breached(desk)
    await asyncio.gather(deliver(desk, NOW), deliver(desk, NOW))
    (event,) = await desk.events.of_ticket(alert_id)
    assert (event.type, event.source, event.data["rule"]) == (
        "helpdesk.alert.raised",
        "/helpdesk/alerts",
        "sla_breached",
    )
