"""The calls that one question takes to its model: each let through by guard and budget, settled, and added up."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from shared.budget import payer
from shared.chat_clients import ChatClients
from shared.costs import counted
from shared.errors import DeskError, Permanent, Throttled
from shared.guard import Admission, Guard, ModelCall
from shared.rate_limit import Spending
from shared.thinking import Lane, Usage

CHARS_A_TOKEN = 4
EXPECTED_ANSWER_TOKENS = 500
"""Reserved for an answer until the model says how long it was."""


class ModelCalls:
    """Usage as the model itself states it, tool rounds and second attempts included."""

    def __init__(self, clients: ChatClients, guard: Guard | None, agent: str, model: str, lane: Lane, group: str):
        self.model = model
        self.usage = Usage()
        self._clients = clients
        self._guard = guard
        self._call = ModelCall(agent, model, Spending(at=0.0, lane=lane, group=group))
        self._pending: Admission | None = None

    def middleware(self) -> Any:
        from agent_framework import chat_middleware

        @chat_middleware
        async def watch(context: Any, call_next: Callable[[], Awaitable[None]]) -> None:
            await self._begin(context)
            await call_next()
            await self._end(context.result)

        return watch

    async def failed(self, error: DeskError) -> None:
        """Settle the call that the error ended. Only whoever waits for the answer sees a timeout as what it is."""
        if self._guard is not None and self._pending is not None:
            pending, self._pending = self._pending, None
            says_nothing = isinstance(error, Permanent | Throttled)
            await self._guard.settle(pending, "neutral" if says_nothing else "failed")

    async def _begin(self, context: Any) -> None:
        """Raises OverBudget, CircuitOpen, HeldBack."""
        if (ledger := self._clients.ledger) is not None:
            await ledger.check(payer())
        if self._guard is not None:
            tokens = _size(context.messages, context.options) // CHARS_A_TOKEN + EXPECTED_ANSWER_TOKENS
            wish = self._call.wish.model_copy(update={"tokens": tokens})
            self._pending = await self._guard.admit(ModelCall(self._call.agent, self._call.model, wish))

    async def _end(self, response: Any) -> None:
        details: dict[str, int | None] = dict(response.usage_details or {})
        self.model = response.model or self.model
        await self._count(details)
        if self._guard is not None and self._pending is not None:
            pending, self._pending = self._pending, None
            used = (details.get("input_token_count") or 0) + (details.get("output_token_count") or 0)
            await self._guard.settle(pending, "ok", used or None)

    async def _count(self, details: Mapping[str, int | None]) -> None:
        read, written = details.get("input_token_count") or 0, details.get("output_token_count") or 0
        cached = min(read, details.get("cache_read_input_token_count") or 0)
        usage = Usage(
            model_calls=1,
            input_tokens=read,
            cached_input_tokens=cached,
            output_tokens=written,
            cost_usd=self._clients.price_usd(self.model, read, written, cached),
        )
        self.usage += usage
        await counted(self._call.agent, self.model, usage, self._clients.ledger)


def _size(messages: Sequence[Any], options: Mapping[str, Any] | None) -> int:
    """Characters that the model is about to read."""
    told = sum(len(str(content.text or content.result or "")) for message in messages for content in message.contents)
    return told + len(options.get("instructions") or "" if options else "")
