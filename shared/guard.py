"""What stands between an agent and its model: circuit breaker, rate limits and cache, shared by all processes."""

from dataclasses import dataclass
from typing import Protocol

from shared.breaker import CircuitState, Outcome
from shared.exchanged import Thought
from shared.model import Model
from shared.rate_limit import Spending


@dataclass(frozen=True)
class ModelCall:
    """One request about to go to a model. Its `wish` is what it will spend, as far as is known before."""

    agent: str
    model: str
    wish: Spending


@dataclass(frozen=True)
class Admission:
    """Leave to make one call, to be settled when it has ended."""

    id: str
    call: ModelCall


class BreakerState(Model):
    """A circuit that is not simply closed: it is open, about to be probed, or has seen failures."""

    agent: str
    model: str
    state: CircuitState
    failures: int
    retry_after_s: float | None = None


class Guard(Protocol):
    """Circuit breaker and rate limits of the models; each goes on within one process while Redis is gone."""

    async def admit(self, call: ModelCall) -> Admission:
        """Raises CircuitOpen, or HeldBack by a rate limit."""
        ...

    async def settle(self, admission: Admission, outcome: Outcome, tokens: int | None = None) -> None:
        """Tell how the call ended, and the tokens that it used where they are known."""
        ...

    async def breakers(self) -> tuple[BreakerState, ...]: ...


class AnswerCache(Protocol):
    """Answers given lately, by everything that they depend on. While Redis is gone there are none."""

    def serves(self, agent: str) -> bool: ...

    async def get(self, key: str) -> Thought | None: ...

    async def put(self, key: str, thought: Thought, requester_id: str = "") -> None:
        """Keep an answer, findable by the person it was for, where it was for one."""
        ...

    async def forget(self, requester_id: str) -> int:
        """Forget what was answered for a person. Raises Unavailable: what was not looked for is not forgotten."""
        ...
