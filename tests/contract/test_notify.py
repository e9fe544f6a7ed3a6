"""The contract of notifications: a line in the log, and a signed webhook that a real server receives."""

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from adapters.notify import Notifier
from shared.errors import Permanent, Transient
from shared.events import Notification
from tests.contract.tickets import NOON

SIGNED_WITH = "signed in tests"


@dataclass
class Receiver:
    """A webhook's other end: keeps what it received and answers as a test says."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict[str, str])
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])

    async def answer(self, request: web.Request) -> web.Response:
        self.received.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


@pytest.fixture
async def notifier(receiver: Receiver) -> AsyncIterator[Notifier]:
    notifier = Notifier(receiver.url, SIGNED_WITH)
    yield notifier
    await notifier.close()


def notification(**changes: Any) -> Notification:
    values: dict[str, Any] = {
        "id": "n-1",
        "event": "escalated",
        "ticket_id": "t-1",
        "subject": "Drucker kaputt 🖨",
        "to": "service desk",
        "text": "Please decide",
        "at": NOON,
    }
    return Notification(**(values | changes))


async def test_the_webhook_receives_the_notification(notifier: Notifier, receiver: Receiver):
    await notifier.notify(notification())
    ((headers, body),) = receiver.received
    assert Notification.model_validate_json(body) == notification()
    assert json.loads(body)["subject"] == "Drucker kaputt 🖨"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Desk-Id"] == "n-1"


async def test_the_signature_covers_the_timestamp_and_the_body_as_sent(notifier: Notifier, receiver: Receiver):
    await notifier.notify(notification())
    ((headers, body),) = receiver.received
    timestamp = headers["X-Desk-Timestamp"]
    expected = hmac.new(SIGNED_WITH.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Desk-Signature"] == f"sha256={expected}"
    assert abs(time.time() - int(timestamp)) < 60


async def test_a_repeat_carries_the_same_id(notifier: Notifier, receiver: Receiver):
    await notifier.notify(notification())
    await notifier.notify(notification())
    assert [headers["X-Desk-Id"] for headers, _ in receiver.received] == ["n-1", "n-1"]


@pytest.mark.parametrize("status", [500, 502, 503, 408, 429])
async def test_a_failure_that_may_pass_is_transient(notifier: Notifier, receiver: Receiver, status: int):
    receiver.status = status
    with pytest.raises(Transient) as failure:
        await notifier.notify(notification())
    assert failure.value.retry_after_s is None


@pytest.mark.parametrize("status", [400, 401, 404, 410])
async def test_a_refusal_is_permanent(notifier: Notifier, receiver: Receiver, status: int):
    receiver.status = status
    with pytest.raises(Permanent):
        await notifier.notify(notification())


async def test_a_redirect_is_not_followed(notifier: Notifier, receiver: Receiver):
    receiver.status, receiver.headers = 307, {"Location": receiver.url}
    with pytest.raises(Permanent):
        await notifier.notify(notification())
    assert len(receiver.received) == 1


def in_a_minute() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)


@pytest.mark.parametrize(
    ("wish", "at_least_s", "at_most_s"),
    [(lambda: "17", 17, 17), (in_a_minute, 30, 60), (lambda: "Wed, 21 Oct 2015 07:28:00 GMT", 0, 0)],
    ids=["seconds", "date", "past date"],
)
async def test_the_receivers_wish_to_wait_is_passed_on(
    notifier: Notifier, receiver: Receiver, wish: Callable[[], str], at_least_s: float, at_most_s: float
):
    receiver.status, receiver.headers = 429, {"Retry-After": wish()}
    with pytest.raises(Transient) as failure:
        await notifier.notify(notification())
    assert failure.value.retry_after_s is not None
    assert at_least_s <= failure.value.retry_after_s <= at_most_s


@pytest.mark.parametrize("wish", ["soon", "", "-5", "1e999", "²"])
async def test_a_wish_that_means_nothing_is_none(notifier: Notifier, receiver: Receiver, wish: str):
    receiver.status, receiver.headers = 503, {"Retry-After": wish}
    with pytest.raises(Transient) as failure:
        await notifier.notify(notification())
    assert failure.value.retry_after_s is None


async def test_nobody_listening_is_transient():
    notifier = Notifier("http://127.0.0.1:1/hook", SIGNED_WITH)
    with pytest.raises(Transient):
        await notifier.notify(notification())
    await notifier.close()


async def test_a_connection_cut_before_the_answer_is_transient():
    async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        notifier = Notifier(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", SIGNED_WITH)
        with pytest.raises(Transient):
            await notifier.notify(notification())
        await notifier.close()


@pytest.mark.parametrize("address", ["no address", "http://", "ftp://127.0.0.1/hook"])
async def test_an_address_that_cannot_be_called_is_permanent(address: str):
    notifier = Notifier(address, SIGNED_WITH)
    with pytest.raises(Permanent):
        await notifier.notify(notification())
    await notifier.close()


async def test_without_a_webhook_one_line_in_the_log_says_it_all(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, logger="desk.notify"):
        await Notifier().notify(notification())
    (record,) = caplog.records
    for part in ("escalated", "t-1", "service desk", "Drucker kaputt 🖨", "Please decide"):
        assert part in record.getMessage()


async def test_no_text_of_a_ticket_can_forge_a_line_of_the_log(caplog: pytest.LogCaptureFixture):
    hostile = "a\nescalated: ticket t-2\r\x1b[2K\u2028b"
    with caplog.at_level(logging.INFO, logger="desk.notify"):
        await Notifier().notify(notification(subject=hostile, text=hostile, to=hostile))
    (record,) = caplog.records
    assert len(record.getMessage().splitlines()) == 1
    assert "\x1b" not in record.getMessage()


def test_a_webhook_without_a_secret_is_refused():
    with pytest.raises(ValueError, match="secret"):
        Notifier("http://127.0.0.1:1/hook", "")
