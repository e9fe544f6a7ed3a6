"""A person's turn on a ticket: what is asked, who has said what, what did not count."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.actions import Action
from shared.model import Model
from shared.tickets import Decision


class Refusal(Model):
    """A decision that did not count, and why."""

    decision: str
    by: str
    at: datetime
    why: str


class Opinion(Model):
    """What one voter thinks of the actions a person is asked about; `error` where it had no answer."""

    voter: str
    fitting: bool | None = None
    confidence: float = 0.0
    why: str = ""
    error: str | None = None

    @property
    def in_words(self) -> str:
        if self.error is not None:
            return f"{self.voter} had no answer: {self.error}"
        said = "abstains" if self.fitting is None else "fitting" if self.fitting else "not fitting"
        return f"{self.voter}: {said}. {self.why}"


class Advice(Model):
    """What voters think of the actions, together and one by one; what follows from it is up to a person."""

    says: Literal["fitting", "not fitting", "undecided"]
    opinions: tuple[Opinion, ...]

    @property
    def in_words(self) -> tuple[str, ...]:
        return (f"voters on the actions: {self.says}", *(opinion.in_words for opinion in self.opinions))


class Approval(Model):
    """One person's yes to the exact actions an escalation shows."""

    by: str
    at: datetime
    note: str | None = None


class Escalation(Model):
    """A person's turn. `id` ends in the action hash, so the door can tell a stale approval.

    What is to be approved expires where it would change something: then it is asked anew, under another hash.
    """

    id: str
    reason: str
    opened_at: datetime
    rung: Annotated[int, Field(ge=1)]
    rung_due_at: datetime | None = None
    assigned_to: str
    breached: bool = False
    actions: tuple[Action, ...] = ()
    action_hash: str
    expires_at: datetime | None = None
    approvals_needed: int = 1
    approvals: tuple[Approval, ...] = ()
    proposed_answer: str | None = None
    tried: tuple[str, ...] = ()
    """What whoever handed the ticket over had tried, oldest first."""
    advice: Advice | None = None
    decided: Decision | None = None
    decided_at: datetime | None = None
    refused: tuple[Refusal, ...] = ()
