"""Links by which one person decides one thing, once, from a message."""

from datetime import datetime
from typing import Literal, Protocol

from shared.errors import Permanent
from shared.events import Notification
from shared.model import Model

LinkDecision = Literal["approve", "reject"]
OFFERED: tuple[LinkDecision, ...] = ("approve", "reject")

ASKING = frozenset({"escalated", "rung", "breached", "reminder", "reassigned", "approved_once", "approval_expired"})
"""Notifications to somebody who may decide; the others tell what has been decided, or go to requesters."""


class Grant(Model):
    """What a link lets its person do: this decision on what this escalation shows, until `expires_at`, once (`id`)."""

    id: str
    ticket_id: str
    escalation_id: str
    action_hash: str
    decision: LinkDecision
    person: str
    expires_at: datetime


class ApprovalLink(Model):
    person: str
    decision: LinkDecision
    url: str
    expires_at: datetime


class LinkedNotification(Notification):
    """A notification with its links; the receiver sends each to its person and to nobody else."""

    links: tuple[ApprovalLink, ...] = ()


class LinkRefused(Permanent):
    """A link that was not made here, or was altered since."""


class ApprovalLinks(Protocol):
    def offers(self, notification: Notification) -> tuple[ApprovalLink, ...]:
        """Links for everybody whom it asks; the same ones where it is told again."""
        ...

    def read(self, token: str) -> Grant:
        """What a link grants, also one that has expired. Raises LinkRefused."""
        ...
