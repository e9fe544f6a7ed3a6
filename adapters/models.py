"""The models behind the agents: offline rules, any OpenAI-compatible server, or Azure OpenAI."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from shared.budget import Ledger
from shared.chat_clients import ChatClients
from shared.errors import Permanent
from shared.guard import AnswerCache, Guard
from shared.loading import loaded
from shared.names import SUPPORT_AGENT
from shared.settings import Settings

AZURE_API_VERSION = "2024-12-01-preview"
AZURE_SCOPE = "https://cognitiveservices.azure.com/.default"
RELEASE = re.compile(r"-\d{4}-\d{2}-\d{2}$")
"""Services report the dated release of the model that was asked for by its plain name."""


def chat_clients(
    settings: Settings, guard: Guard | None = None, answers: AnswerCache | None = None, ledger: Ledger | None = None
) -> ChatClients:
    """The clients that `settings.model_provider` asks for; nothing is imported before the first question.

    The rules get neither guard nor cache: they run in this process, cost nothing and change with the code. Their
    words are counted like a model's tokens.
    """
    if settings.model_provider == "offline":
        return _Clients(settings, None, None, ledger)
    return _Clients(settings, guard, answers, ledger)


class _Clients:
    """One client a model serves all its agents of a process: the connection pool is shared, instructions are not."""

    def __init__(self, settings: Settings, guard: Guard | None, answers: AnswerCache | None, ledger: Ledger | None):
        self._settings = settings
        self.guard = guard
        self.answers = answers
        self.ledger = ledger
        self._wires: dict[tuple[str | None, bool], Any] = {}

    def client_for(self, agent: str) -> Any:
        if self._settings.model_provider == "offline":
            return self._rules
        return self._wire(self._settings.agent_models.get(agent), self.keeps_conversations(agent))

    def keeps_conversations(self, agent: str) -> bool:
        return agent == SUPPORT_AGENT and self._settings.model_conversations == "service"

    async def forget_conversation(self, conversation_id: str) -> int:
        if self._settings.model_provider == "offline":
            raise Permanent("no service of a model is set that a conversation could be deleted from")
        from adapters.kept_conversations import delete_kept

        await loaded("openai")
        return await delete_kept(_storing_wire(self._settings), conversation_id)

    def stand_in_for(self, agent: str) -> Any:
        return self._rules if self._settings.model_fallback == "rules" else None

    def price_usd(self, model: str, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """What a call cost; 0 for a model without a price."""
        return price_usd(self._settings.model_prices_usd, model, input_tokens, output_tokens, cached_tokens)

    @cached_property
    def _rules(self) -> Any:
        from adapters.offline import RulesClient

        return RulesClient(self._settings.triage_examples)

    def _wire(self, model: str | None, is_stored: bool) -> Any:
        if (model, is_stored) not in self._wires:
            self._wires[model, is_stored] = _openai_client(self._settings, model, is_stored)
        return self._wires[model, is_stored]


def price_usd(
    prices: Mapping[str, Sequence[float]], model: str, input_tokens: int, output_tokens: int, cached_tokens: int = 0
) -> float:
    """Price of one call from USD per million tokens in and out, and of input that the model had cached."""
    per_input, per_output, *rest = prices.get(model) or prices.get(RELEASE.sub("", model)) or (0.0, 0.0)
    per_cached = rest[0] if rest else per_input
    fresh_tokens = input_tokens - cached_tokens
    return (fresh_tokens * per_input + cached_tokens * per_cached + output_tokens * per_output) / 1_000_000


def _openai_client(settings: Settings, model: str | None, is_stored: bool) -> Any:
    """A client of `model`, else of the settings' own: for chat completions, which every compatible server has, or for
    the Responses API, whose service keeps what was said."""
    from agent_framework_openai import OpenAIChatClient, OpenAIChatCompletionClient

    model = model or (
        settings.azure_openai_model if settings.model_provider == "azure_openai" else settings.openai_model
    )
    bounds: dict[str, Any] = {
        "middleware": [_deadline(settings.model_timeout_s)],
        "function_invocation_configuration": {"max_iterations": 4, "max_function_calls": 8},
    }
    if is_stored:
        return OpenAIChatClient(model=model, async_client=_storing_wire(settings), **bounds)
    return OpenAIChatCompletionClient(model=model, async_client=openai_wire(settings, model), **bounds)


def openai_wire(settings: Settings, model: str | None) -> Any:
    """The SDK's client of the provider; `model` is the deployment on Azure. Who calls retries, so it must not."""
    from openai import AsyncAzureOpenAI

    if settings.model_provider == "azure_openai":
        assert settings.azure_openai_endpoint is not None
        return AsyncAzureOpenAI(
            azure_endpoint=settings.azure_openai_endpoint,
            azure_deployment=model,
            **_azure_credential(settings),
            api_version=AZURE_API_VERSION,
            timeout=settings.model_timeout_s,
            max_retries=0,
        )
    return _plain_wire(settings, settings.openai_base_url, settings.openai_api_key)


def _storing_wire(settings: Settings) -> Any:
    """The client for the Responses API, which Azure has under `/openai/v1/`, for all deployments."""
    if settings.model_provider == "azure_openai":
        assert settings.azure_openai_endpoint is not None
        (credential,) = _azure_credential(settings).values()
        return _plain_wire(settings, f"{settings.azure_openai_endpoint.rstrip('/')}/openai/v1/", credential)
    return _plain_wire(settings, settings.openai_base_url, settings.openai_api_key)


def _plain_wire(settings: Settings, url: str | None, credential: Any) -> Any:
    """`credential` is a key, or gives tokens."""
    from openai import AsyncOpenAI

    return AsyncOpenAI(base_url=url, api_key=credential, timeout=settings.model_timeout_s, max_retries=0)


def _deadline(timeout_s: float) -> Any:
    """Bounds each call as a whole: the SDK's own timeout starts anew with every byte that trickles in."""
    from agent_framework import chat_middleware

    @chat_middleware
    async def within(_context: Any, call_next: Callable[[], Awaitable[None]]) -> None:
        async with asyncio.timeout(timeout_s):
            await call_next()

    return within


def _azure_credential(settings: Settings) -> dict[str, Any]:
    if settings.azure_openai_credential == "key":
        return {"api_key": settings.azure_openai_api_key}
    return {"azure_ad_token_provider": _entra_token()}


def _entra_token() -> Callable[[], Awaitable[str]]:
    """Tokens of the app's identity. The synchronous credential caches them and needs no second HTTP stack."""
    from azure.identity import DefaultAzureCredential, get_bearer_token_provider

    provider = get_bearer_token_provider(DefaultAzureCredential(), AZURE_SCOPE)

    async def token() -> str:
        return await asyncio.to_thread(provider)

    return token
