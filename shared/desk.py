"""A ticket in work: the input of an episode, its outcome, and the document that people read."""

from datetime import datetime

from shared import names
from shared.actions import ActionResult
from shared.budget import Payer
from shared.escalations import Escalation
from shared.model import Model
from shared.sla import Clocks, SlaPolicy
from shared.thinking import Citation, Lane, Usage
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
    auto_resolve_floor: float = 0.0
    """How sure the desk must be to answer alone; none was asked in episodes that began before there was one."""
    sla: SlaPolicy
    specialists: tuple[str, ...] = names.SPECIALISTS
    """Who looks at a complex ticket."""
    risk_votes: bool = False
    """Whether voters advise on dangerous actions; not in episodes that began before there were any."""
    side_by_side: bool = False
    """Whether a beginning is recorded while the desk thinks, and an answer kept while it is told; not in episodes that
    began when all was done one after the other."""
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
