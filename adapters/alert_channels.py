"""The channels that alerts go by: the log, a file, a signed webhook; those to people in chat and mail stand beside."""

import asyncio
import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from adapters.alert_chat import slack_message, teams_message
from adapters.alert_mail import MailChannel
from adapters.webhooks import Webhook, one_line, signed
from shared.alerts import Channel, Notice
from shared.errors import Transient
from shared.settings import Settings

_log = logging.getLogger("desk.alerts")
LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "critical": logging.ERROR}


class ConsoleChannel:
    """One line in the log."""

    async def send(self, notice: Notice) -> None:
        alert = notice.alert
        level = LEVELS[alert.severity] if notice.change == "raised" else logging.INFO
        _log.log(level, "alert %s: %s [%s, %s]", notice.change, one_line(alert.text), alert.severity, alert.id)


class FileChannel:
    """One line of JSON for each notice, in one write, so that several processes can add to the same file."""

    def __init__(self, path: str):
        self._path = Path(path)

    async def send(self, notice: Notice) -> None:
        try:
            await asyncio.to_thread(self._add, f"{notice.model_dump_json()}\n".encode())
        except OSError as error:
            raise Transient(f"the file cannot be written: {error}") from error

    def _add(self, line: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)


class WebhookChannel:
    """The notice as JSON, signed as notifications are."""

    def __init__(self, webhook: Webhook, secret: str):
        self._webhook = webhook
        self._secret = secret.encode()

    async def send(self, notice: Notice) -> None:
        body = notice.model_dump_json().encode()
        await self._webhook.post(body, signed(self._secret, notice.id, body))

    async def close(self) -> None:
        await self._webhook.close()


class ChatChannel:
    """A message in the form that a chat's webhook takes."""

    def __init__(self, webhook: Webhook, message: Callable[[Notice], object]):
        self._webhook = webhook
        self._message = message

    async def send(self, notice: Notice) -> None:
        await self._webhook.post(json.dumps(self._message(notice), ensure_ascii=False).encode())

    async def close(self) -> None:
        await self._webhook.close()


def channels(settings: Settings) -> Mapping[str, Channel]:
    """Those that are configured, by name."""
    return {choice.name: _channel(choice.name, settings) for choice in settings.alert_channels}


def _channel(name: str, settings: Settings) -> Channel:
    def webhook(url: str | None) -> Webhook:
        return Webhook(url or "", settings.alert_timeout_s)

    builders: dict[str, Callable[[], Channel]] = {
        "console": ConsoleChannel,
        "file": lambda: FileChannel(settings.alert_file or ""),
        "webhook": lambda: WebhookChannel(webhook(settings.alert_webhook_url), settings.alert_webhook_secret or ""),
        "slack": lambda: ChatChannel(webhook(settings.alert_slack_url), slack_message),
        "teams": lambda: ChatChannel(webhook(settings.alert_teams_url), teams_message),
        "email": lambda: MailChannel(settings),
    }
    return builders[name]()
