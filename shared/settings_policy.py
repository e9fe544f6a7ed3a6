"""Settings that work is done under: fixed when an episode, a task or a batch starts."""

from collections.abc import Mapping
from datetime import time
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.actions import KINDS
from shared.desk import Policy
from shared.setting_types import (
    DAY_S,
    Count,
    Dates,
    FromFullList,
    FromJson,
    FromList,
    Limit,
    NotNegative,
    Positive,
    Section,
    Share,
    TimerSeconds,
    WallTime,
    Weekdays,
    Zone,
)
from shared.sla import Calendar, SlaPolicy, Target
from shared.tickets import Priority

HOUR_S = 3600

DEFAULT_TARGETS: dict[Priority, Target] = {
    "P1": Target(first_response_s=HOUR_S // 2, resolution_s=2 * HOUR_S, business_hours=False),
    "P2": Target(first_response_s=HOUR_S, resolution_s=4 * HOUR_S),
    "P3": Target(first_response_s=8 * HOUR_S, resolution_s=24 * HOUR_S),
    "P4": Target(first_response_s=24 * HOUR_S, resolution_s=72 * HOUR_S),
    "P5": Target(first_response_s=24 * HOUR_S, resolution_s=72 * HOUR_S),
}


def _over_the_defaults(targets: Mapping[Priority, Target]) -> Mapping[Priority, Target]:
    return DEFAULT_TARGETS | dict(targets)


def _kinds_of_action(value: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := sorted(set(value) - set(KINDS)):
        raise ValueError(f"{', '.join(unknown)} is no kind of action; there are {', '.join(KINDS)}")
    return value


type FourEyes = Annotated[tuple[str, ...], FromList, AfterValidator(_kinds_of_action)]


class PolicySettings(Section):
    """How tickets are worked"""

    tenant: str = "default"
    """whose tickets these are; a caller cannot choose it"""
    confidence_floor: Share = 0.6
    """below it a triage counts as doubtful"""
    auto_resolve_floor: Share = 0.55
    """confidence of triage x confidence of the answer, below which a person looks before a ticket is closed"""
    escalation_rungs_s: Annotated[tuple[TimerSeconds, ...], FromFullList, Field(min_length=1, max_length=10)] = (
        1800,
        3600,
        14400,
    )
    """how long each rung waits for a person, in seconds"""
    escalation_reminder_s: TimerSeconds = DAY_S
    """how often a breached escalation is called to mind"""
    approval_expires_s: TimerSeconds = DAY_S
    """how long a change that a person must approve can be approved; then it is asked anew"""
    four_eyes: FourEyes = ()
    """kinds of action that two different people must approve, with commas: `add_to_group,reset_password`"""
    message_burst_s: NotNegative = 3
    """messages within so many seconds are one turn"""
    reopen_window_s: Positive = 7 * DAY_S
    """how long a message reopens a ticket"""
    specialist_deadline_s: Positive = 30
    """how long specialists and voters may take"""
    risk_votes: bool = True
    """whether voters say what they think of a dangerous action before a person is asked"""
    retry_count: Limit = 3
    """retries of a step after its first attempt"""
    retry_first_delay_s: Positive = 5
    """the n-th retry waits n times as long"""
    conversation_wait_s: NotNegative = 20
    """how long a message of a conversation is waited for; then 202, and the answer is polled"""
    batch_concurrency: Count = 20
    """tickets of one batch in work at once"""
    batch_watchdog_s: Positive = 30
    """how long a batch may hear nothing before it looks"""
    sla_targets: Annotated[Mapping[Priority, Target], FromJson, AfterValidator(_over_the_defaults)] = DEFAULT_TARGETS
    """by priority, see below: `{"P2": {"first_response_s": 3600, "resolution_s": 14400, "business_hours": true}}`"""
    business_zone: Zone = "UTC"
    """the time zone in which the desk is staffed"""
    business_opens: WallTime = time(9)
    """when the desk opens"""
    business_closes: WallTime = time(17)
    """when the desk closes"""
    business_weekdays: Weekdays = (0, 1, 2, 3, 4)
    """Monday is 0"""
    business_holidays: Dates = ()
    """ISO dates, with commas"""

    @cached_property
    def policy(self) -> Policy:
        calendar = Calendar(
            zone=self.business_zone,
            opens=self.business_opens,
            closes=self.business_closes,
            weekdays=self.business_weekdays,
            holidays=self.business_holidays,
        )
        return Policy(
            rungs_s=self.escalation_rungs_s,
            reminder_s=self.escalation_reminder_s,
            approval_expires_s=self.approval_expires_s,
            four_eyes=self.four_eyes,
            burst_s=self.message_burst_s,
            reopen_window_s=self.reopen_window_s,
            specialist_deadline_s=self.specialist_deadline_s,
            risk_votes=self.risk_votes,
            side_by_side=True,
            retry_count=self.retry_count,
            retry_first_delay_s=self.retry_first_delay_s,
            confidence_floor=self.confidence_floor,
            auto_resolve_floor=self.auto_resolve_floor,
            sla=SlaPolicy(calendar=calendar, targets=dict(self.sla_targets)),
        )
