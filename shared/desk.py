"""A ticket in work: the input of an episode, its outcome, and the document that people read."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, model_validator

from shared import names
from shared.actions import Action, ActionResult
from shared.budget import Payer
from shared.model import Model
from shared.sla import Clocks, SlaPolicy
from shared.thinking import Citation, Lane, Turn, Usage
from shared.tickets import Category, Decision, Message, Priority, Requester, Route, Status, Ticket


class Policy(Model):
    """The settings an episode runs under, fixed when it starts: an orchestration reads no environment.

    `correlation_id` is that of the call or message it goes back to, `lane` whether somebody waits for it there, `payer`
    whose account model calls go on; every step passes them on to its activity.
    """

    rungs_s: tuple[float, ...]
    reminder_s: float
    burst_s: float
    reopen_window_s: float
    specialist_deadline_s: float
    retry_count: int
    retry_first_delay_s: float
    confidence_floor: float
    sla: SlaPolicy
    specialists: tuple[str, ...] = names.SPECIALISTS
    """Who looks at a complex ticket."""
    risk_votes: bool = False
    """Whether voters advise on dangerous actions; not in episodes that began before there were any."""
    approval_expires_s: float = 86_400
    four_eyes: tuple[str, ...] = ()
    """Kinds of action that two different people must approve."""
    link_hosts: tuple[str, ...] = ()
    """Hosts that an answer may link to, beside what stands in the passages."""
    correlation_id: str | None = None
    payer: Payer | None = None
    lane: Lane = "interactive"


class Step(Model):
    """One thing that was done; `agent` is None where code did it. `doubts` are answers that were refused first."""

    name: str
    agent: str | None = None
    model: str | None = None
    started_at: datetime
    completed_at: datetime
    outcome: str
    usage: Usage | None = None
    doubts: tuple[str, ...] = ()


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


class TicketDocument(Model):
    """What GET /tickets/{id} shows but for readings of the clocks, which depend on now."""

    id: str
    tenant: str
    episode: int
    version: int
    status: Status
    subject: str
    requester: Requester
    channel: str
    external_id: str | None = None
    batch_id: str | None = None
    category: Category | None = None
    type: str | None = None
    impact: int | None = None
    urgency: int | None = None
    priority: Priority | None = None
    complexity: str | None = None
    confidence: float | None = None
    language: str | None = None
    route: Route | None = None
    assigned_to: str | None = None
    reasons: tuple[str, ...] = ()
    answer: str | None = None
    citations: tuple[Citation, ...] = ()
    actions: tuple[ActionResult, ...] = ()
    escalation: Escalation | None = None
    steps: tuple[Step, ...] = ()
    messages: tuple[Message, ...] = ()
    clocks: Clocks
    usage: Usage = Usage()
    degraded: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None = None
    closes_at: datetime | None = None


class EpisodeInput(Model):
    """Input of `resolve_ticket`. `previous` is the document the last episode ended with."""

    ticket: Ticket
    policy: Policy
    episode: int = 1
    messages: tuple[Message, ...] = ()
    decisions: tuple[Decision, ...] = ()
    """What came too late for the last one, to be listed as refused."""
    deliveries: tuple[str, ...] = ()
    previous: TicketDocument | None = None


class CustomStatus(Model):
    """All that an instance shows of itself while it runs; the real limit is 16 KB."""

    status: Status
    version: int
    escalation_id: str | None = None


class Notification(Model):
    """Something a person should know. `id` lets the receiver drop a repeat."""

    id: str
    event: Literal[
        "escalated",
        "rung",
        "breached",
        "reminder",
        "reassigned",
        "approved_once",
        "approval_expired",
        "decided",
        "replied",
        "closed",
        "handed_over",
        "threshold_crossed",
        "watch_alert",
    ]
    ticket_id: str
    subject: str
    to: str
    text: str
    at: datetime
    escalation_id: str | None = None
    action_hash: str | None = None


class Event(Model):
    """A CloudEvent 1.0 about a ticket or task; `data` holds small facts, never anybody's text.

    The last three attributes are extensions; an event that has expired is of no use to anybody.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any] = {}
    traceparent: str | None = None
    correlationid: str | None = None
    expirytime: datetime | None = None

    def structured(self) -> dict[str, Any]:
        """The event in the structured JSON form, in which an attribute that is not set is left out."""
        return {name: value for name, value in self.model_dump(mode="json").items() if value is not None}


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


class Application(Model):
    """One action to carry out; the same key has its effect once."""

    action: Action
    key: str
    ticket_id: str = ""
    requester_id: str | None = None
    approved_by: tuple[str, ...] = ()
    fields: dict[str, JsonValue] = {}
    """The ticket's own, as they are now, where the action would change them."""


class ReplyDraft(Model):
    """What to tell the requester, and under which id so that a repeat is dropped."""

    document: TicketDocument
    answer: str
    by_person: bool
    notification_id: str
    given: dict[str, str] = {}
    """What the requester gave of personal data and may read again, by its kind."""


class Reply(Model):
    """The answer as the requester gets it."""

    answer: str
    degraded: tuple[str, ...] = ()


class Remembrance(Model):
    """Turns of one episode to keep."""

    tenant: str
    requester_id: str
    thread: str
    turns: tuple[Turn, ...]


class Recall(Model):
    """What to look up: texts are masked already."""

    tenant: str
    ticket_id: str
    thread: str
    requester: Requester
    text: str
    language: str | None = None


class ScreenRequest(Model):
    """`place` is how people call what is looked at, where a reason names it."""

    place: str = "the ticket"
    subject: str = ""
    text: str
    messages: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


class Done(Model):
    """An activity's answer that carries no more than that it was done, or what went missing."""

    degraded: str | None = None


class Answered(Model):
    """What an activity hands back over the wire: its answer, or a failure that trying again cannot help.

    `retry_after_s` is the other side's own wish to be left alone for so long. `held_back` says that it was not
    even asked, because of our own rate limit: waiting then costs no attempt.
    """

    answer: Any = None
    refused: str | None = None
    retry_after_s: float | None = None
    error: str | None = None
    held_back: bool = False
    usage: Usage | None = None
    """What a model had cost when it failed; an answer carries its own."""


class Thought(Model):
    """The answer of one agent with what it cost; `answer` is the dump of the agent's answer model.

    `doubts` say why an earlier answer to the same question was refused.
    """

    answer: dict[str, Any]
    agent: str
    model: str
    usage: Usage
    doubts: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
    """What could not be used as it should while the agent thought."""


class Screening(Model):
    """What was found before any model saw the ticket. The texts are masked."""

    verdict: Literal["ticket", "not_a_ticket", "unsafe"]
    reasons: tuple[str, ...] = ()
    subject: str
    text: str
    messages: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
