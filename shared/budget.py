"""What thinking has cost and may cost: who pays for a model call, the caps, and the counts that all processes share."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Protocol

from pydantic import NonNegativeFloat, NonNegativeInt

from shared.model import Model
from shared.thinking import Usage

PAYER_KEY = "_payer"
"""Travels beside an activity's input: no model can have a field of that name."""

OVER_BUDGET_SIGN = "budget:"
"""How the reason of a call begins that was not made because a cap has been reached."""


class Payer(Model):
    """On whose account a call goes: a ticket, task or conversation, and whoever it is done for. The desk pays all."""

    work: str = ""
    requester_id: str = ""


class Cap(Model):
    """What may be spent; 0 is no cap."""

    tokens: NonNegativeInt = 0
    usd: NonNegativeFloat = 0.0

    def __bool__(self) -> bool:
        return bool(self.tokens or self.usd)

    def reached(self, spent: Usage) -> str | None:
        """What is used up, in words; None while there is room."""
        tokens = spent.input_tokens + spent.output_tokens
        if self.tokens and tokens >= self.tokens:
            return f"{tokens} of {self.tokens} tokens"
        if self.usd and spent.cost_usd >= self.usd:
            return f"{spent.cost_usd:.4f} of {self.usd:.4f} USD"
        return None


class Caps(Model):
    """Of one ticket, task or conversation; of one requester a day; of everybody together a day (UTC)."""

    work: Cap = Cap()
    requester: Cap = Cap()
    day: Cap = Cap()


class DayUsage(Model):
    """What one day cost, of one requester or of all; `by_agent` tells thinking from learning."""

    day: date
    requester_id: str | None = None
    usage: Usage
    by_agent: dict[str, Usage]
    cap: Cap = Cap()


class Ledger(Protocol):
    """Counts of a tenant that hold for all processes; while Redis is gone each process counts on its own."""

    async def check(self, payer: Payer) -> None:
        """Raises OverBudget where a cap has been reached. Calls under way may still go beyond it."""
        ...

    async def spend(self, payer: Payer, agent: str, usage: Usage, call_id: str) -> None:
        """Count a call once, however often its id comes."""
        ...

    async def day(self, day: date, requester_id: str | None = None) -> DayUsage: ...


class Bill:
    """What a piece of work has cost beside the answers of agents, which carry their own cost."""

    def __init__(self) -> None:
        self.usage: Usage | None = None

    def add(self, usage: Usage) -> None:
        self.usage = usage if self.usage is None else self.usage + usage


_payer: ContextVar[Payer] = ContextVar("payer", default=Payer())  # noqa: B039 a frozen model is immutable
_bill: ContextVar[Bill | None] = ContextVar("bill", default=None)


def payer() -> Payer:
    """Whoever pays for the work at hand."""
    return _payer.get()


def billed(usage: Usage) -> None:
    """Say what a call cost that no agent's answer tells of; on the bill of whoever pays for the work at hand."""
    if (bill := _bill.get()) is not None:
        bill.add(usage)


@contextmanager
def paid_by(account: Payer) -> Generator[Bill]:
    paying, billing = _payer.set(account), _bill.set(bill := Bill())
    try:
        yield bill
    finally:
        _payer.reset(paying)
        _bill.reset(billing)
