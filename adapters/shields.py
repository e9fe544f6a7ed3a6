"""Two shields against texts that give a model orders: the desk's rules, and Azure AI Content Safety."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from shared.errors import Unavailable
from shared.screening import attack_in

API_VERSION = "2024-09-01"
SCOPE = "https://cognitiveservices.azure.com/.default"
PROMPT_CHARS = 10_000
DOCUMENTS_A_CALL = 5
DOCUMENTS_CHARS = 10_000
"""The service's own limits: of the prompt, and of all documents of a call together."""


class RulesShield:
    """The phrases of `shared.hostile_phrases`: always there, and knowing no others."""

    async def attacks(self, prompt: str, documents: Sequence[str] = ()) -> tuple[str, ...]:
        found = [("the ticket", attack_in(prompt)), *(("a document", attack_in(text)) for text in documents)]
        return tuple(dict.fromkeys(f"{place} {intent}" for place, intent in found if intent))


class PromptShields:
    """Azure AI Content Safety's text:shieldPrompt. Its SDK has no such call, so it is made by hand.

    Long texts go in pieces, one call each. `token` gives a bearer token of the app's identity.
    """

    def __init__(self, endpoint: str, timeout_s: float, token: Callable[[], Awaitable[str]] | None = None):
        self._url = f"{endpoint.rstrip('/')}/contentsafety/text:shieldPrompt?api-version={API_VERSION}"
        self._timeout_s = timeout_s
        self._token = token or _entra_token()

    async def attacks(self, prompt: str, documents: Sequence[str] = ()) -> tuple[str, ...]:
        import aiohttp

        found: dict[str, None] = {}
        try:
            async with asyncio.timeout(self._timeout_s), aiohttp.ClientSession() as session:
                headers = {"Authorization": f"Bearer {await self._token()}"}
                for body in _calls(prompt, documents):
                    async with session.post(self._url, json=body, headers=headers) as response:
                        if response.status != 200:
                            raise Unavailable("content-safety", f"it answered {response.status}")
                        found |= dict.fromkeys(_verdicts(await response.json(content_type=None)))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unavailable("content-safety", type(error).__name__) from error
        return tuple(found)


def _calls(prompt: str, documents: Sequence[str]) -> Iterator[dict[str, Any]]:
    pieces = _pieces(prompt, PROMPT_CHARS)
    parts = [piece for text in documents for piece in _pieces(text, DOCUMENTS_CHARS // DOCUMENTS_A_CALL)]
    groups = [parts[at : at + DOCUMENTS_A_CALL] for at in range(0, len(parts), DOCUMENTS_A_CALL)]
    for at in range(max(len(pieces), len(groups))):
        body = _body(pieces[at : at + 1], groups[at : at + 1])
        if body["userPrompt"] or body["documents"]:
            yield body


def _body(prompts: Sequence[str], groups: Sequence[list[str]]) -> dict[str, Any]:
    nothing: list[str] = []
    return {"userPrompt": next(iter(prompts), ""), "documents": next(iter(groups), nothing)}


def _pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def _verdicts(answer: Any) -> Iterator[str]:
    """Raises KeyError, TypeError where the answer is none."""
    if (answer.get("userPromptAnalysis") or {"attackDetected": False})["attackDetected"]:
        yield "the ticket holds an attack on the model (Prompt Shields)"
    if any(document["attackDetected"] for document in answer["documentsAnalysis"]):
        yield "a document holds an attack on the model (Prompt Shields)"


def _entra_token() -> Callable[[], Awaitable[str]]:
    """Tokens of the app's identity; the credential caches them, and is built when first needed."""
    provider: Callable[[], str] | None = None

    async def token() -> str:
        nonlocal provider
        if provider is None:
            from azure.identity import DefaultAzureCredential, get_bearer_token_provider

            provider = get_bearer_token_provider(DefaultAzureCredential(), SCOPE)
        return await asyncio.to_thread(provider)

    return token
