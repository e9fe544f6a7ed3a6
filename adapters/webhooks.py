"""A POST to somebody's webhook: what may pass is told from what will not, and a wish to wait is passed on."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from shared.errors import Permanent, Transient

DEADLINE_S = 10.0
_TRY_AGAIN = frozenset({408, 425, 429})


class Webhook:
    """One address. Nothing of it stands in an error: such an address is often a secret itself."""

    def __init__(self, url: str, deadline_s: float = DEADLINE_S):
        self._url = url
        self._deadline_s = deadline_s
        self._session: Any = None

    async def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Raises Transient when it may answer another time, Permanent when it refuses."""
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=True)
        sent = {"Content-Type": "application/json", **(headers or {})}
        try:
            # A redirect is not followed: it would take a message to a place nobody configured.
            async with (
                asyncio.timeout(self._deadline_s),
                self._session.post(self._url, data=body, headers=sent, allow_redirects=False) as response,
            ):
                status, wish = response.status, response.headers.get("Retry-After")
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
            raise Permanent(f"the webhook cannot be called: {type(error).__name__}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Transient(f"the webhook did not answer: {type(error).__name__}") from error
        if 200 <= status < 300:
            return
        if status >= 500 or status in _TRY_AGAIN:
            raise Transient(f"the webhook answered {status}", retry_after_s=_retry_after_s(wish))
        raise Permanent(f"the webhook answered {status}")

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()


def signed(secret: bytes, identity: str, body: bytes) -> dict[str, str]:
    """The headers by which a receiver knows that it is the desk, that it is recent, and whether it is a repeat."""
    timestamp = str(int(time.time()))
    return {
        "X-Desk-Id": identity,
        "X-Desk-Timestamp": timestamp,
        "X-Desk-Signature": f"sha256={signature(secret, timestamp, body)}",
    }


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Hex HMAC-SHA256 over timestamp, a dot, and the body as sent."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def one_line(text: str) -> str:
    """No line break or control character of a text may forge a line of the log."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


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
