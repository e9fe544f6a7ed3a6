"""Settings of alerts: at which levels, and who is told by which channel."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from shared.alert_rules import Level, Levels, rules
from shared.alerts import ChannelChoice, DeliveryPlan, Rule
from shared.setting_types import FromJson, FromList, Positive, Section
from shared.settings_outside import SafeUrl

CHANNELS = ("console", "file", "webhook", "slack", "teams", "email")


def _checked(levels: Mapping[str, Level]) -> Mapping[str, Level]:
    return Levels(by_rule=levels).by_rule


def _choices(value: Any) -> Any:
    """`slack:critical` is the channel and the least severity it hears of."""
    if not isinstance(value, str):
        return value
    parts = [part.strip().partition(":") for part in value.split(",") if part.strip()]
    return [{"name": name, **({"least": least} if least else {})} for name, _, least in parts]


def _known(choices: tuple[ChannelChoice, ...]) -> tuple[ChannelChoice, ...]:
    names = [choice.name for choice in choices]
    if unknown := sorted(set(names) - set(CHANNELS)):
        raise ValueError(f"{', '.join(unknown)} is no channel; there are {', '.join(CHANNELS)}")
    if len(set(names)) != len(names):
        raise ValueError("names a channel twice")
    return choices


class AlertSettings(Section):
    """Alerts"""

    alert_levels: Annotated[Mapping[str, Level], FromJson, AfterValidator(_checked)] = {}
    """other levels for rules of `shared/alert_rules.py`: `{"queue_waits": {"raise_at": 300, "clear_at": 60}}`; also
    `raise_after_s`, `clear_after_s`, `severity`, `off`"""
    alert_channels: Annotated[tuple[ChannelChoice, ...], BeforeValidator(_choices), AfterValidator(_known)] = (
        ChannelChoice(name="console"),
    )
    """`console`, `file`, `webhook`, `slack`, `teams`, `email`, with commas; `slack:critical` hears of nothing less"""
    alert_expires_s: Positive = 3600
    """for how long a channel that is down is tried"""
    alert_timeout_s: Positive = 10
    """how long a channel may take"""
    alert_file: str | None = None
    """JSON lines are added here"""
    alert_webhook_url: SafeUrl | None = None
    """a POST of JSON, signed as notifications are"""
    alert_webhook_secret: str | None = None
    """the key it is signed with"""
    alert_slack_url: SafeUrl | None = None
    """an incoming webhook of Slack"""
    alert_teams_url: SafeUrl | None = None
    """a workflow of Teams that posts an adaptive card"""
    alert_mail_host: str | None = None
    """an SMTP server"""
    alert_mail_port: Annotated[int, Field(ge=1, le=65535)] = 587
    """its port"""
    alert_mail_from: str | None = None
    """the sender's address"""
    alert_mail_to: Annotated[tuple[str, ...], FromList, Field(min_length=1)] | None = None
    """addresses, with commas"""
    alert_mail_user: str | None = None
    """who signs in; without it nobody does"""
    alert_mail_password: str | None = None
    """and with which password; not without STARTTLS"""
    alert_mail_starttls: bool = True
    """false is for a server on this machine"""

    @cached_property
    def alert_rules(self) -> tuple[Rule, ...]:
        return rules(Levels(by_rule=self.alert_levels))

    @cached_property
    def delivery_plan(self) -> DeliveryPlan:
        return DeliveryPlan(channels=self.alert_channels, expires_after=timedelta(seconds=self.alert_expires_s))

    @model_validator(mode="after")
    def _sends_no_password_in_the_open(self) -> Self:
        if self.alert_mail_user and not self.alert_mail_starttls:
            raise ValueError("ALERT_MAIL_USER needs ALERT_MAIL_STARTTLS: a password is not sent in the open")
        return self

    def needs(self) -> Mapping[str, tuple[str, ...]]:
        wanted = {
            "file": ("alert_file",),
            "webhook": ("alert_webhook_url", "alert_webhook_secret"),
            "slack": ("alert_slack_url",),
            "teams": ("alert_teams_url",),
            "email": ("alert_mail_host", "alert_mail_from", "alert_mail_to"),
        }
        chosen = {choice.name for choice in self.alert_channels}
        found = {f"ALERT_CHANNELS names {name}": needed for name, needed in wanted.items() if name in chosen}
        if self.alert_mail_user:
            found["ALERT_MAIL_USER is set"] = ("alert_mail_password",)
        return found
