"""Tells people: one line in the log, and a signed webhook where one is set."""

import logging

from adapters.webhooks import Webhook, one_line, signed
from shared.events import Notification

_log = logging.getLogger("desk.notify")


class Notifier:
    """Implements the Notifier port. A repeat carries the same X-Desk-Id, so the receiver can drop it."""

    def __init__(self, webhook_url: str | None = None, webhook_secret: str | None = None):
        if webhook_url and not webhook_secret:
            raise ValueError("a webhook needs a secret to sign with")
        self._webhook = Webhook(webhook_url) if webhook_url else None
        self._secret = (webhook_secret or "").encode()

    async def notify(self, notification: Notification) -> None:
        """Log one line, then call the webhook.

        Raises Transient when the webhook may answer another time, Permanent when it refuses.
        """
        _log.info(
            "%s: ticket %s, to %s: %s | %s",
            notification.event,
            *(one_line(text) for text in (notification.ticket_id, notification.to)),
            *(one_line(text) for text in (notification.subject, notification.text)),
        )
        if self._webhook is not None:
            body = notification.model_dump_json().encode()
            await self._webhook.post(body, signed(self._secret, notification.id, body))

    async def close(self) -> None:
        if self._webhook is not None:
            await self._webhook.close()
