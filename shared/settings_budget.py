"""Settings of what thinking may cost."""

from functools import cached_property

from pydantic import NonNegativeFloat

from shared.budget import Cap, Caps
from shared.setting_types import Limit, Section


class BudgetSettings(Section):
    """What thinking may cost"""

    budget_ticket_tokens: Limit = 0
    """tokens that one ticket, task or conversation may take; at a cap a person gets the ticket. 0 is no cap"""
    budget_ticket_usd: NonNegativeFloat = 0.0
    """the same in USD, by `MODEL_PRICES_USD`"""
    budget_requester_day_tokens: Limit = 0
    """tokens that one requester's tickets and conversations may take a day (UTC)"""
    budget_requester_day_usd: NonNegativeFloat = 0.0
    """the same in USD"""
    budget_day_tokens: Limit = 0
    """tokens that everything together may take a day (UTC)"""
    budget_day_usd: NonNegativeFloat = 0.0
    """the same in USD"""

    @cached_property
    def caps(self) -> Caps:
        return Caps(
            work=Cap(tokens=self.budget_ticket_tokens, usd=self.budget_ticket_usd),
            requester=Cap(tokens=self.budget_requester_day_tokens, usd=self.budget_requester_day_usd),
            day=Cap(tokens=self.budget_day_tokens, usd=self.budget_day_usd),
        )
