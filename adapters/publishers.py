"""Bringing events to those who hear of them: straight into their queues, or through an Event Grid topic."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from shared.errors import Permanent, Transient, Unavailable
from shared.events import Event
from shared.messaging import Queues
from shared.topology import SUBSCRIBERS, Subscriber

API_VERSION = "2018-01-01"
SCOPE = "https://eventgrid.azure.net/.default"
_DEADLINE_S = 10.0
_TRY_AGAIN = frozenset({408, 425, 429})

type Token = Callable[[], Awaitable[str]]


class QueueFanOut:
    """Implements Publisher: each subscriber to the event's type gets a message of its own."""

    def __init__(self, queues: Queues, subscribers: Sequence[Subscriber] = SUBSCRIBERS):
        self._queues = queues
        self._subscribers = subscribers

    async def publish(self, events: Sequence[Event]) -> None:
        """Raises Unavailable when one queue could not be reached; those that were have the message."""
        sending = [
            self._queues.send(subscriber.queue, _message(event, subscriber))
            for event in events
            for subscriber in self._subscribers
            if subscriber.takes(event.type)
        ]
        outcomes = await asyncio.gather(*sending, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome


def _message(event: Event, subscriber: Subscriber) -> bytes:
    expiring = event.model_copy(update={"expirytime": event.expirytime or subscriber.expiry_of(event)})
    return json.dumps(expiring.structured(), ensure_ascii=False).encode()


class EventGridTopic:
    """Implements Publisher: a batch of CloudEvents to the topic, whose subscriptions fill the queues."""

    def __init__(self, endpoint: str, token: Token | None = None):
        self._endpoint = endpoint
        self._token = token
        self._session: Any = None

    async def publish(self, events: Sequence[Event]) -> None:
        """Raises Transient when the topic may take them another time, Permanent when it refuses them."""
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=True)
        if self._token is None:
            self._token = _entra_token()
        body = json.dumps([event.structured() for event in events], ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/cloudevents-batch+json; charset=utf-8",
            "Authorization": f"Bearer {await self._token()}",
        }
        try:
            async with (
                asyncio.timeout(_DEADLINE_S),
                self._session.post(
                    self._endpoint, params={"api-version": API_VERSION}, data=body, headers=headers,
                    allow_redirects=False,
                ) as response,
            ):  # fmt: skip
                status = response.status
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
            raise Permanent(f"the event topic cannot be called: {error}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable("events", f"the topic did not answer: {error or type(error).__name__}") from error
        if 200 <= status < 300:
            return
        if status >= 500 or status in _TRY_AGAIN:
            raise Transient(f"the event topic answered {status}")
        raise Permanent(f"the event topic answered {status}")

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()


def _entra_token() -> Token:
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import DefaultAzureCredential, get_bearer_token_provider

    provider = get_bearer_token_provider(DefaultAzureCredential(), SCOPE)

    async def token() -> str:
        try:
            return await asyncio.to_thread(provider)
        except ClientAuthenticationError as error:
            raise Unavailable("events", f"no token for the event topic: {error.message}") from error

    return token
