"""Meaning as numbers: texts embedded by the model provider that the agents use."""

from collections.abc import Sequence
from typing import Any

from shared.errors import Permanent, Unavailable
from shared.settings import Settings

_AT_ONCE = 64


class Embeddings:
    """Vectors of texts; connects at first use. `model` is part of a vector's meaning: two models' do not compare."""

    def __init__(self, settings: Settings):
        assert settings.embedding_model is not None
        if settings.model_provider == "offline":
            raise Permanent("EMBEDDING_MODEL needs a MODEL_PROVIDER that has models")
        self.model = settings.embedding_model
        self.dimensions = settings.embedding_dimensions
        self._settings = settings
        self._client: Any = None

    async def of(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text. Raises Unavailable; Permanent for a model of other dimensions."""
        from openai import OpenAIError

        vectors: list[list[float]] = []
        try:
            for start in range(0, len(texts), _AT_ONCE):
                found = await self._opened().get_embeddings(texts[start : start + _AT_ONCE])
                vectors += [embedding.vector for embedding in found]
        except OpenAIError as error:
            raise Unavailable("embeddings", str(error)[:300]) from error
        if any(len(vector) != self.dimensions for vector in vectors) or len(vectors) != len(texts):
            raise Permanent(f"{self.model} does not give {self.dimensions} numbers for each text: EMBEDDING_DIMENSIONS")
        return vectors

    def _opened(self) -> Any:
        if self._client is None:
            from agent_framework_openai import OpenAIEmbeddingClient

            from adapters.models import openai_wire

            wire = openai_wire(self._settings, self.model)
            self._client = OpenAIEmbeddingClient(model=self.model, async_client=wire)
        return self._client
