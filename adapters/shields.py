"""Two shields against texts that give a model orders: the desk's rules, and Azure AI Content Safety."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import batched, zip_longest
from typing import Any, NamedTuple

from shared.errors import Unavailable
from shared.screening import attack_in

API_VERSION = "2024-09-01"
SCOPE = "https://cognitiveservices.azure.com/.default"
PROMPT_CHARS = 10_000
DOCUMENTS_A_CALL = 5
DOCUMENTS_CHARS = 10_000
"""The service's own limits: of the prompt, and of all documents of a call together."""
CALLS_AT_ONCE = 4
OVERLAP_CHARS = 300
"""Neighbouring pieces of a long text share so much: an attack that a cut would halve stands whole in one of them."""


class RulesShield:
    """The phrases of `shared.hostile_phrases`: always there, and knowing no others."""

    async def attacks(self, prompt: str, documents: Sequence[str] = ()) -> tuple[str, ...]:
        found = [("the ticket", attack_in(prompt)), *(("a document", attack_in(text)) for text in documents)]
        return tuple(dict.fromkeys(f"{place} {intent}" for place, intent in found if intent))

    async def flagged(self, documents: Sequence[str]) -> tuple[int, ...]:
        return tuple(at for at, text in enumerate(documents) if attack_in(text))


class PromptShields:
    """Azure AI Content Safety's text:shieldPrompt. Its SDK has no such call, so it is made by hand.

    Long texts go in pieces that overlap, as many in a call as it takes.
    `token` gives a bearer token of the app's identity.
    """

    def __init__(self, endpoint: str, timeout_s: float, token: Callable[[], Awaitable[str]] | None = None):
        self._url = f"{endpoint.rstrip('/')}/contentsafety/text:shieldPrompt?api-version={API_VERSION}"
        self._timeout_s = timeout_s
        self._token = token or _entra_token()

    async def attacks(self, prompt: str, documents: Sequence[str] = ()) -> tuple[str, ...]:
        in_prompt, in_documents = await self._asked(prompt, documents)
        found = (("the ticket", in_prompt), ("a document", bool(in_documents)))
        return tuple(f"{place} holds an attack on the model (Prompt Shields)" for place, is_so in found if is_so)

    async def flagged(self, documents: Sequence[str]) -> tuple[int, ...]:
        return tuple(sorted((await self._asked("", documents))[1]))

    async def _asked(self, prompt: str, documents: Sequence[str]) -> tuple[bool, set[int]]:
        """Whether the prompt holds an attack, and which documents do."""
        import aiohttp

        in_prompt, in_documents = False, set[int]()
        try:
            async with asyncio.timeout(self._timeout_s), aiohttp.ClientSession() as session:
                headers = {"Authorization": f"Bearer {await self._token()}"}
                for some in batched(_calls(prompt, documents), CALLS_AT_ONCE, strict=False):
                    answers = await asyncio.gather(*(self._answer(call, session, headers) for call in some))
                    for call, answer in zip(some, answers, strict=True):
                        in_prompt = in_prompt or _is_attack(answer.get("userPromptAnalysis"))
                        verdicts = zip(call.positions, answer["documentsAnalysis"], strict=True)
                        in_documents |= {position for position, verdict in verdicts if verdict["attackDetected"]}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unavailable("content-safety", type(error).__name__) from error
        return in_prompt, in_documents

    async def _answer(self, call: "_Call", session: Any, headers: Mapping[str, str]) -> Any:
        async with session.post(self._url, json=call.body, headers=headers) as response:
            if response.status != 200:
                raise Unavailable("content-safety", f"it answered {response.status}")
            return await response.json(content_type=None)


class _Call(NamedTuple):
    """What one call asks, and which document each of its pieces is of."""

    prompt: str
    pieces: tuple[str, ...]
    positions: tuple[int, ...]

    @property
    def body(self) -> dict[str, Any]:
        return {"userPrompt": self.prompt, "documents": self.pieces}


def _calls(prompt: str, documents: Sequence[str]) -> Iterator[_Call]:
    prompts = _pieces(prompt, PROMPT_CHARS)
    size = DOCUMENTS_CHARS // DOCUMENTS_A_CALL
    parts = [(position, piece) for position, text in enumerate(documents) for piece in _pieces(text, size)]
    groups = batched(parts, DOCUMENTS_A_CALL, strict=False)
    for asked, group in zip_longest(prompts, groups, fillvalue=None):
        positions, pieces = zip(*group, strict=True) if group else ((), ())
        yield _Call(asked or "", pieces, positions)


def _pieces(text: str, size: int) -> list[str]:
    """None of an empty text."""
    last = max(len(text) - OVERLAP_CHARS, 1) if text else 0
    return [text[at : at + size] for at in range(0, last, size - OVERLAP_CHARS)]


def _is_attack(analysis: Any) -> bool:
    """There is no analysis where there was no prompt. Raises KeyError, TypeError where it is none."""
    return analysis is not None and analysis["attackDetected"] is True


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
