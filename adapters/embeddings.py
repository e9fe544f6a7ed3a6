"""Meaning as numbers: texts embedded by the model provider that the agents use."""

from collections.abc import Sequence
from typing import Any

from adapters.models import openai_wire, price_usd
from shared.breaker import Outcome
from shared.budget import Ledger, billed, payer
from shared.correlation import trail
from shared.costs import counted
from shared.errors import Permanent, Unavailable
from shared.guard import Admission, Guard, ModelCall
from shared.rate_limit import Spending
from shared.settings import Settings
from shared.thinking import Usage

NAME = "embeddings"
_AT_ONCE = 64
_CHARS_A_TOKEN = 4


class Embeddings:
    """Vectors of texts; connects at first use. `model` is part of a vector's meaning: two models' do not compare.

    Calls are guarded, counted and capped like those of agents, under the name of `embeddings`.
    """

    def __init__(self, settings: Settings, guard: Guard | None = None, ledger: Ledger | None = None):
        assert settings.embedding_model is not None
        if settings.model_provider == "offline":
            raise Permanent("EMBEDDING_MODEL needs a MODEL_PROVIDER that has models")
        self.model = settings.embedding_model
        self.dimensions = settings.embedding_dimensions
        self._settings = settings
        self._guard = guard
        self._ledger = ledger
        self._wire: Any = None
        self._client: Any = None

    async def of(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text.

        Raises Unavailable, OverBudget, CircuitOpen, HeldBack; Permanent for a model of other dimensions.
        """
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _AT_ONCE):
            found = await self._asked(texts[start : start + _AT_ONCE])
            vectors += [embedding.vector for embedding in found]
        if any(len(vector) != self.dimensions for vector in vectors) or len(vectors) != len(texts):
            raise Permanent(f"{self.model} does not give {self.dimensions} numbers for each text: EMBEDDING_DIMENSIONS")
        return vectors

    async def _asked(self, texts: Sequence[str]) -> Any:
        from openai import APIStatusError, OpenAIError

        if self._ledger is not None:
            await self._ledger.check(payer())
        admission = await self._admitted(texts)
        try:
            found = await self._opened().get_embeddings(texts)
        except OpenAIError as error:
            # As with agents: what the service refuses says nothing about whether it works.
            is_refusal = isinstance(error, APIStatusError) and error.status_code < 500
            await self._settled(admission, "neutral" if is_refusal else "failed")
            raise Unavailable(NAME, str(error)[:300]) from error
        stated: Any = found.usage
        tokens: int = stated.get("input_token_count") or 0 if stated else 0
        await self._settled(admission, "ok", tokens or None)
        cost_usd = price_usd(self._settings.model_prices_usd, self.model, tokens, 0)
        usage = Usage(model_calls=1, input_tokens=tokens, cost_usd=cost_usd)
        billed(usage)
        await counted(NAME, self.model, usage, self._ledger)
        return found

    async def _admitted(self, texts: Sequence[str]) -> Admission | None:
        if self._guard is None:
            return None
        tokens = sum(map(len, texts)) // _CHARS_A_TOKEN
        wish = Spending(at=0.0, lane=trail().lane, tokens=tokens)
        return await self._guard.admit(ModelCall(NAME, self.model, wish))

    async def _settled(self, admission: Admission | None, outcome: Outcome, tokens: int | None = None) -> None:
        if self._guard is not None and admission is not None:
            await self._guard.settle(admission, outcome, tokens)

    def _opened(self) -> Any:
        if self._client is None:
            from agent_framework_openai import OpenAIEmbeddingClient

            self._wire = openai_wire(self._settings, self.model)
            self._client = OpenAIEmbeddingClient(model=self.model, async_client=self._wire)
        return self._client

    async def close(self) -> None:
        if self._wire is not None:
            await self._wire.close()
        self._wire = self._client = None
