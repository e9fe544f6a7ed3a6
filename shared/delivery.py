"""A message or decision on its way to its ticket, and a settled ticket's word to its batch."""

from typing import Literal, Self

from pydantic import model_validator

from shared.desk import Policy
from shared.model import Model
from shared.tickets import Decision, Message

Settlement = Literal["resolved", "escalated", "failed"]


class Settled(Model):
    """Sent by a ticket to its batch when it no longer needs its slot."""

    ticket_id: str
    settlement: Settlement
    reason: str | None = None


class Delivery(Model):
    """A message or a decision on its way to whichever episode is there to take it."""

    tenant: str
    ticket_id: str
    message: Message | None = None
    decision: Decision | None = None

    @model_validator(mode="after")
    def _carries_one_thing(self) -> Self:
        if (self.message is None) == (self.decision is None):
            raise ValueError("carries either a message or a decision")
        return self

    @property
    def item(self) -> Message | Decision:
        found = self.message or self.decision
        assert found is not None
        return found


class DeliveryInput(Model):
    """Input of `deliver_message`."""

    delivery: Delivery
    policy: Policy


class HandOver(Model):
    """One attempt to hand a message over; `reply_to` is the instance to confirm to."""

    delivery: Delivery
    reply_to: str


class HandedOver(Model):
    """Whether an episode was told (it confirms by the taken event), or the window had closed."""

    told: bool
    why: str
