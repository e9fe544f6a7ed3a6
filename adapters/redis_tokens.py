"""Entra tokens as the password of Redis, through redis-entraid. Imported when the first client needs one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from redis.auth.err import RequestTokenErr
from redis.auth.idp import IdentityProviderInterface
from redis.auth.token import TokenResponse
from redis.auth.token_manager import RetryPolicy, TokenManager, TokenManagerConfig
from redis.exceptions import AuthenticationError
from redis_entraid.cred_provider import EntraIdCredentialsProvider
from redis_entraid.identity_provider import DefaultAzureCredentialProvider

from adapters.redis_client import Identity

SCOPE = "https://redis.azure.com/.default"
_RENEWED_AFTER = 0.7
"""The share of a token's life after which the next one is fetched."""
_TRIES, _BETWEEN_TRIES_MS, _UNUSED_MS = 3, 100, 0

log = logging.getLogger("helpdesk.redis")


def entra_tokens(identity: Identity) -> EntraIdCredentialsProvider:
    """For one client only: a provider tells no more than one of a new token."""
    source = DefaultAzureCredentialProvider(identity(), (SCOPE,))
    policy = RetryPolicy(_TRIES, _BETWEEN_TRIES_MS)
    return _EntraTokens(source, TokenManagerConfig(_RENEWED_AFTER, 0, _UNUSED_MS, policy))


class _BesideTheLoop(TokenManager):
    """As its base, which asks Entra in the event loop and so stops everybody meanwhile."""

    async def acquire_token_async(self, force_refresh: bool = False) -> TokenResponse:
        return await asyncio.to_thread(self.acquire_token, force_refresh)


class _EntraTokens(EntraIdCredentialsProvider):
    """As its base, which however renews no more once it has failed, and fails with errors that are not Redis's."""

    def __init__(self, source: IdentityProviderInterface, config: TokenManagerConfig):
        super().__init__(source, config)
        self._token_mgr = _BesideTheLoop(source, config)

    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        try:
            return await super().get_credentials_async()
        except RequestTokenErr as error:
            raise AuthenticationError(f"Entra gave no token: {str(error).partition('\n')[0]}") from error

    def on_error(self, callback: Callable[[Exception], None] | Awaitable[Any]) -> None:
        """Instead of the client's own callback, whose exception nobody would hear."""

        async def not_renewed(error: Exception) -> None:
            log.warning("a token of Redis was not renewed: %s", type(error).__name__)
            # The server closes connections whose token has run out; the next one then begins renewing again.
            self._is_streaming = False

        super().on_error(not_renewed)  # pyright: ignore[reportArgumentType]  # the package's types forget async
