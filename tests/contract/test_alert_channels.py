"""The contract of the channels of alerts, each against a real server of its wire: it arrives, or it says what to do."""

import asyncio
import hashlib
import hmac
import json
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP

from adapters.alert_channels import channels
from shared.alerts import Alert, Channel, Notice
from shared.errors import Permanent, Transient
from shared.settings import read
from tests.certificates import certificate as certificate_in
from tests.contract.tickets import NOON

SIGNED_WITH = "signed in tests"
POSTING = ("webhook", "slack", "teams")


@dataclass
class Receiver:
    """The other end of a webhook; `hangs` lets it take a message and say nothing."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    hangs: bool = False
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])

    async def answer(self, request: web.Request) -> web.Response:
        self.received.append((dict(request.headers), await request.read()))
        if self.hangs:
            await asyncio.sleep(30)
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


def notice(**changes: Any) -> Notice:
    values: dict[str, Any] = {
        "id": "a1", "rule": "dead_letters", "subject": "desk", "severity": "warning", "text": "3 dead letters <wait>",
        "advice": "replay them", "metric": "helpdesk.dead_letters", "value": 3, "peak": 4, "raise_at": 1, "clear_at": 0,
        "raised_at": NOON,
    }  # fmt: skip
    return Notice(id="a1-1", change="raised", at=NOON, alert=Alert.model_validate(values | changes))


@pytest.fixture(params=POSTING)
async def posting(request: pytest.FixtureRequest, receiver: Receiver) -> AsyncIterator[Channel]:
    channel = opened(request.param, receiver)
    yield channel
    await channel.close()


def opened(name: str, receiver: Receiver) -> Any:
    settings = {"ALERT_CHANNELS": name, f"ALERT_{name.upper()}_URL": receiver.url, "ALERT_TIMEOUT_S": "0.5"}
    return channels(read(settings | {"ALERT_WEBHOOK_SECRET": SIGNED_WITH}))[name]


async def test_a_receiver_that_takes_it_has_it_once(posting: Channel, receiver: Receiver):
    await posting.send(notice())
    ((headers, body),) = receiver.received
    assert headers["Content-Type"] == "application/json"
    assert "dead letters" in body.decode()


@pytest.mark.parametrize("status", [500, 503, 429, 408])
async def test_a_failure_that_may_pass_is_transient(posting: Channel, receiver: Receiver, status: int):
    receiver.status, receiver.headers = status, {"Retry-After": "17"}
    with pytest.raises(Transient) as failure:
        await posting.send(notice())
    assert failure.value.retry_after_s == 17


@pytest.mark.parametrize("status", [400, 403, 404, 410, 302])
async def test_a_refusal_is_permanent_and_tells_no_address(posting: Channel, receiver: Receiver, status: int):
    receiver.status, receiver.headers = status, {"Location": receiver.url}
    with pytest.raises(Permanent) as refusal:
        await posting.send(notice())
    assert receiver.url not in str(refusal.value)
    assert len(receiver.received) == 1


async def test_a_receiver_that_hangs_is_given_up(posting: Channel, receiver: Receiver):
    receiver.hangs = True
    with pytest.raises(Transient, match="TimeoutError"):
        await posting.send(notice())


async def test_the_webhook_is_signed_as_notifications_are(receiver: Receiver):
    channel = opened("webhook", receiver)
    await channel.send(notice())
    ((headers, body),) = receiver.received
    signed = headers["X-Desk-Timestamp"].encode() + b"." + body
    expected = hmac.new(SIGNED_WITH.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Desk-Signature"] == f"sha256={expected}"
    assert headers["X-Desk-Id"] == "a1-1"
    assert Notice.model_validate_json(body) == notice()
    await channel.close()


async def test_slack_gets_blocks_in_which_no_text_mentions_or_links(receiver: Receiver):
    channel = opened("slack", receiver)
    await channel.send(notice(text="<!channel> look"))
    message = json.loads(receiver.received[0][1])
    assert [block["type"] for block in message["blocks"]] == ["header", "section", "section"]
    assert message["blocks"][1]["text"]["text"] == "&lt;!channel&gt; look"
    assert "&lt;!channel&gt; look" in message["text"]
    await channel.close()


async def test_teams_gets_an_adaptive_card_with_the_facts(receiver: Receiver):
    channel = opened("teams", receiver)
    await channel.send(notice())
    (attachment,) = json.loads(receiver.received[0][1])["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["body"][1]["text"]) == ("AdaptiveCard", "3 dead letters <wait>")
    assert {fact["title"] for fact in card["body"][2]["facts"]} == {"Value", "Since", "Do", "Alert"}
    await channel.close()


async def test_the_console_has_one_line_that_no_text_can_forge(caplog: pytest.LogCaptureFixture):
    channel = channels(read({}))["console"]
    with caplog.at_level(logging.INFO, logger="desk.alerts"):
        await channel.send(notice(text="bad\nalert cleared: all is well"))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert len(record.getMessage().splitlines()) == 1


async def test_the_file_gets_a_line_of_json_for_each(tmp_path: Path):
    path = tmp_path / "new" / "alerts.jsonl"
    channel = channels(read({"ALERT_CHANNELS": "file", "ALERT_FILE": str(path)}))["file"]
    await asyncio.gather(*(channel.send(notice(subject=f"q{number}")) for number in range(20)))
    found = {Notice.model_validate_json(line).alert.subject for line in path.read_text().splitlines()}
    assert found == {f"q{number}" for number in range(20)}


async def test_a_file_that_cannot_be_written_is_transient(tmp_path: Path):
    channel = channels(read({"ALERT_CHANNELS": "file", "ALERT_FILE": str(tmp_path)}))["file"]
    with pytest.raises(Transient):
        await channel.send(notice())


class Mailbox:
    """A mail server's handler; `says` is its answer to a message."""

    def __init__(self) -> None:
        self.says = "250 OK"
        self.mails: list[tuple[list[str], bytes, bool]] = []

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self.says.startswith("250"):
            self.mails.append((envelope.rcpt_tos, envelope.content, session.ssl is not None))
        return self.says


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@asynccontextmanager
async def serving(mailbox: Mailbox, **options: Any) -> AsyncGenerator[int]:
    """A real SMTP server; gives its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, **options), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def server(mailbox: Mailbox, certificate: Path) -> AsyncIterator[int]:
    """It takes nothing before STARTTLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with serving(mailbox, tls_context=context, require_starttls=True) as port:
        yield port


@pytest.fixture
async def plain_server(mailbox: Mailbox) -> AsyncIterator[int]:
    async with serving(mailbox) as port:
        yield port


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return certificate_in(tmp_path)


def mail(port: int, **more: str) -> Channel:
    settings = {
        "ALERT_CHANNELS": "email", "ALERT_MAIL_HOST": "localhost", "ALERT_MAIL_PORT": str(port),
        "ALERT_MAIL_FROM": "desk@example.com", "ALERT_MAIL_TO": "ops@example.com, lead@example.com",
        "ALERT_TIMEOUT_S": "2",
    }  # fmt: skip
    return channels(read(settings | more))["email"]


async def test_mail_goes_over_tls_to_everybody_and_a_repeat_has_the_same_id(
    server: int, mailbox: Mailbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    for _ in range(2):
        await mail(server).send(notice(text="Zwei Tickets\nwarten"))
    (first_to, first, encrypted), (_, second, _) = mailbox.mails
    sent, again = message_from_bytes(first), message_from_bytes(second)
    assert encrypted
    assert first_to == ["ops@example.com", "lead@example.com"]
    assert sent["Message-ID"] == again["Message-ID"]
    assert "Zwei Tickets warten" in sent["Subject"].replace("\r\n", "")
    assert "replay them" in sent.get_payload()


async def test_no_mail_without_the_tls_that_is_asked_for(plain_server: int, mailbox: Mailbox):
    with pytest.raises(Permanent, match="trust"):
        await mail(plain_server).send(notice())
    assert mailbox.mails == []


async def test_no_mail_to_a_server_whose_certificate_nobody_vouches_for(server: int, mailbox: Mailbox):
    with pytest.raises(Permanent, match="trust"):
        await mail(server).send(notice())
    assert mailbox.mails == []


@pytest.mark.parametrize(("says", "kind"), [("451 later", Transient), ("554 never", Permanent)])
async def test_what_the_mail_server_says_decides_whether_to_try_again(
    plain_server: int, mailbox: Mailbox, says: str, kind: type[Exception]
):
    mailbox.says = says
    with pytest.raises(kind):
        await mail(plain_server, ALERT_MAIL_STARTTLS="false").send(notice())


async def test_a_mail_server_that_hangs_is_given_up():
    silence = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silence.wait()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as listening:
        port = str(listening.sockets[0].getsockname()[1])
        settings = {
            "ALERT_CHANNELS": "email", "ALERT_MAIL_HOST": "127.0.0.1", "ALERT_MAIL_PORT": port,
            "ALERT_MAIL_FROM": "desk@example.com", "ALERT_TIMEOUT_S": "0.3", "ALERT_MAIL_TO": "ops@example.com",
        }  # fmt: skip
        with pytest.raises(Transient):
            await channels(read(settings))["email"].send(notice())
        silence.set()
