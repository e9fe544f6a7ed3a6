"""Settings of what is remembered of people, and how much of it agents are shown."""

from functools import cached_property
from typing import Literal

from shared.facts import Consent, MemoryPolicy
from shared.setting_types import Count, Section


class MemorySettings(Section):
    """What is remembered of people"""

    memory_consent: Consent = "opt_in"
    """who is remembered beyond a conversation: `opt_in` only who agreed, `opt_out` all who did not object, `off`
    nobody"""
    memory_facts: Count = 50
    """how many facts of a person are kept"""
    memory_fact_days: Count = 365
    """how long a fact is kept since it was last said"""
    memory_shown_facts: Count = 8
    """how many facts agents are shown with a question, the fitting ones first"""
    memory_shown_tokens: Count = 400
    """how long those may be together, at four characters a token"""
    history_messages: Count = 20
    """how many messages of a conversation agents are shown, the newest"""
    history_tokens: Count = 2_000
    """how long those may be together, at four characters a token"""
    history_summary: Literal["on", "off"] = "on"
    """whether an agent sums up what is shown no longer; `off` leaves it out"""

    @cached_property
    def memory_policy(self) -> MemoryPolicy:
        return MemoryPolicy(
            consent=self.memory_consent,
            most_facts=self.memory_facts,
            fact_days=self.memory_fact_days,
            shown_facts=self.memory_shown_facts,
            shown_fact_tokens=self.memory_shown_tokens,
            history_messages=self.history_messages,
            history_tokens=self.history_tokens,
            summarises=self.history_summary == "on",
        )
