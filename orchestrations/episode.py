"""A ticket in hand: what is known so far, and the few verbs every stage of its way needs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import StepFailed, Tally, Work, call, now
from orchestrations.inbox import Inbox
from shared import clocks, names
from shared.actions import Action, SetTicketFields
from shared.budget import Payer
from shared.delivery import Settled, Settlement
from shared.desk import CustomStatus, EpisodeInput, Step, TicketDocument
from shared.escalations import Refusal
from shared.events import Notification
from shared.exchanged import Done, Thought
from shared.masking import mask
from shared.model import Model
from shared.thinking import Usage
from shared.tickets import Decision, InboxItem, Message, Status

KEPT_MESSAGES = 20
KEPT_MESSAGE_CHARS = 500


class Interrupted(Exception):
    """A message came in while the desk was thinking: what was thought is about an older question."""


class Episode:
    """One run of a ticket, derived from input and history alone, so that replay rebuilds it."""

    def __init__(self, ctx: OrchestrationContext, given: EpisodeInput):
        self.ctx = ctx
        self.ticket = given.ticket
        self.number = given.episode
        payer = Payer(work=given.ticket.id, requester_id=given.ticket.requester.id)
        self.policy = given.policy.model_copy(update={"payer": payer})
        self.previous = given.previous
        self.inbox = Inbox(ctx, names.INBOX_EVENT, InboxItem)
        self.document = self._first_document(given)
        self.messages: list[Message] = []
        earlier = given.previous.messages if given.previous else ()
        self._seen = {message.id for message in earlier}
        self._settled = given.episode > 1
        self._notifications = 0
        self._recorded = self.document
        for message in given.messages:
            self._take(message, None)
        for delivery in given.deliveries:
            self._confirm(delivery)

    @property
    def thread(self) -> str:
        """Conversations are remembered by episode, so that an old one cannot loop a reopened ticket."""
        return f"{self.ticket.id}/{self.number}"

    def step[T: Model](self, name: str, data: Model, answer: type[T], *, interruptible: bool = True) -> Work[T]:
        """Do one step and note it on the ticket. Raises StepFailed, Interrupted."""
        started_at, tally = now(self.ctx), Tally()
        try:
            result = yield from call(self.ctx, name, data, answer, self.policy, tally)
        except StepFailed as failure:
            self.note_step(name, started_at, f"failed: {failure.why[:200]}", usage=failure.usage)
            raise
        thought = result if isinstance(result, Thought) else None
        self.note_step(name, started_at, "done", thought, tally.aside)
        if interruptible:
            self.listen()
        return result

    def note_step(
        self,
        name: str,
        started_at: datetime,
        outcome: str,
        thought: Thought | None = None,
        usage: Usage | None = None,
    ) -> None:
        """`usage` is what a step without a thought cost all the same."""
        cost = thought.usage if thought else usage
        step = Step(
            name=name,
            agent=thought.agent if thought else None,
            model=thought.model if thought else None,
            started_at=started_at,
            completed_at=now(self.ctx),
            outcome=outcome,
            usage=cost,
            doubts=thought.doubts if thought else (),
        )
        self.change(steps=(*self.document.steps, step), usage=self.document.usage + (cost or Usage()))
        self.degrade(*(thought.degraded if thought else ()))

    def change(self, **fields: Any) -> None:
        self.document = self.document.model_copy(update=fields)

    def record(self, status: Status, **fields: Any) -> Work[None]:
        """Show a new status: at once in the custom status, and in the archive.

        The archive being down does not stop a ticket: the next record, or a rebuild, brings it up to date.
        """
        at = now(self.ctx)
        self.change(status=status, version=self.document.version + 1, updated_at=at, **fields)
        escalation = self.document.escalation
        shown = CustomStatus(
            status=status,
            version=self.document.version,
            escalation_id=escalation.id if escalation and status == "escalated" else None,
        )
        self.ctx.set_custom_status(shown.model_dump(mode="json"))
        recorded = self.document
        try:
            done = yield from call(self.ctx, names.RECORD, recorded, Done, self.policy)
        except StepFailed:
            self.degrade("archive")
        else:
            if done.degraded:
                self.degrade(done.degraded)
        self._recorded = recorded

    @property
    def is_recorded(self) -> bool:
        """False when something was noted on the ticket after it was last recorded."""
        return self._recorded is self.document

    def notify(self, event: Any, to: str, text: str) -> Work[None]:
        """Tell people; a channel that stays down is noted on the ticket and holds nothing up."""
        self._notifications += 1
        escalation = self.document.escalation
        notification = Notification(
            id=f"{self.ctx.instance_id}:{self._notifications}",
            event=event,
            ticket_id=self.ticket.id,
            subject=self.document.subject,
            to=to,
            text=text,
            at=now(self.ctx),
            escalation_id=escalation.id if escalation else None,
            action_hash=escalation.action_hash if escalation else None,
        )
        try:
            yield from call(self.ctx, names.NOTIFY, notification, Done, self.policy)
        except StepFailed:
            self.degrade("notifications")

    def fields_of(self, action: Action) -> dict[str, Any]:
        if not isinstance(action, SetTicketFields):
            return {}
        return self.document.model_dump(mode="json", include=set(action.fields))

    def set_fields(self, action: SetTicketFields) -> None:
        """As approved; the clocks follow the priority."""
        self.change(**action.fields)
        if action.priority is not None:
            self.change(clocks=clocks.retarget(self.document.clocks, action.priority, self.policy.sla))

    def degrade(self, *what: str) -> None:
        self.change(degraded=tuple(dict.fromkeys((*self.document.degraded, *what))))

    def listen(self) -> None:
        """Take in what has arrived. Raises Interrupted when any of it changes the question."""
        if self.take_in(self.inbox.drain()):
            raise Interrupted

    def take_in(self, items: Sequence[InboxItem]) -> bool:
        """Tells whether a message was among them that the desk must think about anew."""
        anew = False
        for item in items:
            if item.message is not None:
                anew = self._take(item.message, item.delivery) or anew
            elif (decision := self.new_decision(item)) is not None:
                self.refuse_late(decision)
        return anew

    def new_decision(self, item: InboxItem) -> Decision | None:
        """The item's decision, confirmed; None where it carries none, or one that was delivered before."""
        if item.decision is None:
            return None
        if item.delivery:
            self._confirm(item.delivery)
        if item.decision.id in self._seen:
            return None
        self._seen.add(item.decision.id)
        return item.decision

    def refuse_late(self, decision: Decision) -> None:
        decided = self.document.escalation.decided if self.document.escalation else None
        came_first = f"{decided.decision} by {decided.by} came first" if decided else None
        self.refuse(decision, came_first or "nothing waited for a decision")

    def refuse(self, decision: Decision, why: str) -> None:
        """List a decision that did not count where people will look for it."""
        if (escalation := self.document.escalation) is None:
            return
        refusal = Refusal(decision=decision.decision, by=decision.by, at=now(self.ctx), why=why)
        refused = (*escalation.refused, refusal)
        self.change(escalation=escalation.model_copy(update={"refused": refused}))

    def gather_burst(self) -> Work[None]:
        """Wait until a burst of messages is over, so that it is one turn and not many."""
        quiet = self.ctx.create_timer(timedelta(seconds=self.policy.burst_s))
        yield quiet
        self.take_in(self.inbox.drain())

    def settle(self, settlement: Settlement, reason: str | None = None) -> None:
        """Tell the batch, once, that this ticket needs its slot no longer."""
        if self._settled or self.ticket.batch_id is None:
            return
        self._settled = True
        settled = Settled(ticket_id=self.ticket.id, settlement=settlement, reason=reason)
        self.ctx.send_event(
            names.batch_instance(self.ticket.batch_id),
            names.SETTLED_EVENT,
            data=settled.model_dump(mode="json"),
        )

    def _take(self, message: Message, delivery: str | None) -> bool:
        if delivery:
            self._confirm(delivery)
        if message.id in self._seen:
            return False
        self._seen.add(message.id)
        self.messages.append(message)
        kept = message.model_copy(update={"text": mask(message.text)[0][:KEPT_MESSAGE_CHARS]})
        self.change(messages=(*self.document.messages, kept)[-KEPT_MESSAGES:])
        if message.sender == "operator" and not message.internal:
            self.change(clocks=clocks.first_response(self.document.clocks, now(self.ctx)))
        return not message.internal

    def _confirm(self, delivery: str) -> None:
        self.ctx.send_event(delivery, names.TAKEN_EVENT, data={"by": self.ctx.instance_id})

    def _first_document(self, given: EpisodeInput) -> TicketDocument:
        at = now(self.ctx)
        if given.previous is not None:
            return given.previous.model_copy(
                update={
                    "episode": given.episode,
                    # One version is left for the sweep, which may have published `closed` meanwhile.
                    "version": given.previous.version + 1,
                    "clocks": clocks.reopen(clocks.resume(given.previous.clocks, at), at),
                    "escalation": None,
                    "resolved_at": None,
                    "closes_at": None,
                    "degraded": (),
                }
            )
        ticket = given.ticket
        return TicketDocument(
            id=ticket.id,
            tenant=ticket.tenant,
            episode=given.episode,
            version=0,
            status="new",
            subject=mask(ticket.subject)[0],
            requester=ticket.requester,
            channel=ticket.channel,
            external_id=ticket.external_id,
            batch_id=ticket.batch_id,
            clocks=clocks.open_clocks(ticket.created_at, None, given.policy.sla),
            created_at=ticket.created_at,
            updated_at=at,
        )
