"""Tells people: one line in the log, and a signed webhook where one is set."""

import asyncio
import hashlib
import hmac
import logging
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from shared.desk import Notification
from shared.errors import Permanent, Transient

_DEADLINE_S = 10.0
_TRY_AGAIN = frozenset({408, 425, 429})

_log = logging.getLogger("desk.notify")


class Notifier:
    """Implements the Notifier port. A repeat carries the same X-Desk-Id, so the receiver can drop it."""

    def __init__(self, webhook_url: str | None = None, webhook_secret: str | None = None):
        if webhook_url and not webhook_secret:
            raise ValueError("a webhook needs a secret to sign with")
        self._url = webhook_url
        self._secret = (webhook_secret or "").encode()
        self._session: Any = None

    async def notify(self, notification: Notification) -> None:
        """Log one line, then call the webhook.

        Raises Transient when the webhook may answer another time, Permanent when it refuses.
        """
        _log.info(
            "%s: ticket %s, to %s: %s | %s",
            notification.event,
            *(_one_line(text) for text in (notification.ticket_id, notification.to)),
            *(_one_line(text) for text in (notification.subject, notification.text)),
        )
        if self._url:
            await self._post(self._url, notification)

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def _post(self, url: str, notification: Notification) -> None:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=True)
        body = notification.model_dump_json().encode()
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Desk-Id": notification.id,
            "X-Desk-Timestamp": timestamp,
            "X-Desk-Signature": f"sha256={signature(self._secret, timestamp, body)}",
        }
        try:
            # A redirect is not followed: it would take a signed message to a place nobody configured.
            async with (
                asyncio.timeout(_DEADLINE_S),
                self._session.post(url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                status, wish = response.status, response.headers.get("Retry-After")
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
            raise Permanent(f"the webhook cannot be called: {error}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Transient(f"the webhook did not answer: {error or type(error).__name__}") from error
        if 200 <= status < 300:
            return
        if status >= 500 or status in _TRY_AGAIN:
            raise Transient(f"the webhook answered {status}", retry_after_s=_retry_after_s(wish))
        raise Permanent(f"the webhook answered {status}")


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Hex HMAC-SHA256 over timestamp, a dot, and the body as sent."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _retry_after_s(wish: str | None) -> float | None:
    """Retry-After as seconds from now; it comes as a number or as a date."""
    if wish is None:
        return None
    if wish.strip().isdecimal():
        return float(wish)
    try:
        at = parsedate_to_datetime(wish)
    except ValueError:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _one_line(text: str) -> str:
    """No line break or control character of a ticket may forge a line of the log."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
