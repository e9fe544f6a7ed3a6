"""One episode of a ticket, from the door to the answer. It ends when the ticket is resolved or waits for its
requester: no instance waits for a word that may never come."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import StepFailed, Work, now
from orchestrations.episode import Episode, Interrupted
from orchestrations.patterns.escalation import escalate
from orchestrations.side_by_side import side_by_side
from orchestrations.thinking import Proposal, think
from shared import clocks, names
from shared.actions import Action, ActionResult, SetTicketFields
from shared.desk import EpisodeInput, TicketDocument
from shared.exchanged import Application, Done, Remembrance, Reply, ReplyDraft
from shared.masking import restorable
from shared.thinking import Plan, Turn
from shared.tickets import Decision, Status

MAX_TURNS = 25
"""Turns of one episode before a person takes it: a conversation that goes round in circles must end."""


def resolve_ticket(ctx: OrchestrationContext, data: Any) -> Work[dict[str, Any]]:
    """Input EpisodeInput; returns the final TicketDocument."""
    given = EpisodeInput.model_validate(data)
    episode = Episode(ctx, given)
    if episode.previous is not None and all(message.internal for message in episode.messages):
        yield from _keep_as_it_was(episode, episode.previous, given.decisions)
        return episode.document.model_dump(mode="json")
    proposal = yield from _begin(episode)
    for turn in range(1, MAX_TURNS + 1):
        yield from _conclude(episode, proposal, turn)
        if not episode.take_in(episode.inbox.drain()):
            if not episode.is_recorded:
                yield from episode.record(episode.document.status)
            break
        yield from episode.record("in_progress", resolved_at=None, closes_at=None)
        yield from episode.gather_burst()
        proposal = yield from _think_undisturbed(episode, turn + 1)
    return episode.document.model_dump(mode="json")


def _begin(episode: Episode) -> Work[Proposal]:
    """Think at once about a new ticket, while it is recorded as begun; what reopens one may come in a burst."""
    recording, thinking = episode.record("in_progress"), _think_undisturbed(episode, 1)
    if episode.previous is None and episode.policy.side_by_side:
        return (yield from side_by_side(recording, thinking))[1]
    yield from recording
    if episode.previous is not None:
        yield from episode.gather_burst()
    return (yield from thinking)


def _think_undisturbed(episode: Episode, turn: int) -> Work[Proposal]:
    """Think until no new message came in meanwhile; a requester who keeps writing gets a person."""
    if turn >= MAX_TURNS:
        return Proposal("escalated", ask_person="The conversation goes round in circles")
    for _ in range(MAX_TURNS):
        try:
            return (yield from think(episode))
        except Interrupted:
            yield from episode.gather_burst()
    return Proposal("escalated", ask_person="Messages keep coming in faster than they can be answered")


def _conclude(episode: Episode, proposal: Proposal, turn: int) -> Work[None]:
    """Ask a person where one must decide, carry out what was decided, and answer."""
    if proposal.route == "not_a_ticket" and proposal.ask_person is None:
        yield from _finish(episode, "resolved", None, None)
        return
    attempt = 0
    while True:
        attempt += 1
        decision: Decision | None = None
        if proposal.ask_person is not None:
            decision = yield from escalate(
                episode, proposal.ask_person, proposal.plan, proposal.tried, proposal.told, proposal.advice
            )
        plan = proposal.plan if decision is None or decision.decision == "approve" else None
        try:
            actions = plan.actions if plan else ()
            results = yield from _apply(episode, actions, f"{turn}.{attempt}", _approvers(episode, decision))
            break
        except StepFailed as failure:
            proposal = replace(proposal, ask_person=f"Not carried out: {failure.why}", tried=(), told="")
    episode.change(actions=(*episode.document.actions, *results))
    if decision is not None and decision.decision == "close":
        yield from _finish(episode, "closed", None, decision)
    elif plan is not None and plan.outcome == "ask_requester":
        yield from _finish(episode, "waiting_for_requester", plan, decision)
    else:
        yield from _finish(episode, "resolved", plan, decision)


def _apply(
    episode: Episode, actions: tuple[Action, ...], attempt: str, approved_by: tuple[str, ...]
) -> Work[tuple[ActionResult, ...]]:
    """Carry out the plan's actions in order, each under a key that a repeat after a crash shares.

    Raises StepFailed.
    """
    results: list[ActionResult] = []
    for index, action in enumerate(actions):
        key = f"{episode.ctx.instance_id}:{attempt}:{index}"
        application = Application(
            action=action,
            key=key,
            ticket_id=episode.ticket.id,
            requester_id=episode.ticket.requester.id,
            approved_by=approved_by,
            fields=episode.fields_of(action),
        )
        result = yield from episode.step(names.APPLY, application, ActionResult, interruptible=False)
        results.append(result)
        if isinstance(action, SetTicketFields):
            episode.set_fields(action)
    return tuple(results)


def _approvers(episode: Episode, decision: Decision | None) -> tuple[str, ...]:
    if decision is None or episode.document.escalation is None:
        return ()
    return tuple(approval.by for approval in episode.document.escalation.approvals)


def _finish(episode: Episode, status: Status, plan: Plan | None, decision: Decision | None) -> Work[None]:
    """Answer, remember, and record where the ticket stands."""
    answer = _answer(plan, decision)
    if answer is not None:
        draft = ReplyDraft(
            document=episode.document,
            answer=answer,
            by_person=decision is not None and decision.answer is not None,
            notification_id=f"{episode.ctx.instance_id}:reply:{len(episode.document.steps)}",
            given=restorable(_written_by_requester(episode)),
        )
        answer = draft.text
        telling, remembering = _tell(episode, draft), _remember(episode, answer)
        if episode.policy.side_by_side:
            yield from side_by_side(telling, remembering)
        else:
            yield from telling
            yield from remembering
    at = now(episode.ctx)
    running = episode.document.clocks
    if status == "waiting_for_requester":
        moved = clocks.pause(clocks.first_response(running, at), at)
    else:
        moved = clocks.resolve(running, at)
    episode.settle("escalated" if status == "waiting_for_requester" else "resolved")
    yield from episode.record(
        status,
        answer=answer,
        citations=plan.citations if plan and _is_told(decision) else (),
        clocks=moved,
        resolved_at=None if status == "waiting_for_requester" else at,
        closes_at=at + timedelta(seconds=episode.policy.reopen_window_s),
    )


def _written_by_requester(episode: Episode) -> tuple[str, ...]:
    said = (message.text for message in episode.messages if message.sender == "requester")
    return (episode.ticket.subject, episode.ticket.description, *said)


def _is_told(decision: Decision | None) -> bool:
    """Whether the plan's own answer, and so its citations, is what the requester was told."""
    return decision is None or decision.decision == "approve"


def _answer(plan: Plan | None, decision: Decision | None) -> str | None:
    if decision is not None and decision.answer is not None:
        return decision.answer
    if decision is not None and decision.decision == "reject":
        return decision.note or "A colleague has looked at your request and cannot grant it."
    if decision is not None and decision.decision == "close":
        return decision.note
    return plan.answer if plan else None


def _tell(episode: Episode, draft: ReplyDraft) -> Work[None]:
    try:
        reply = yield from episode.step(names.REPLY, draft, Reply, interruptible=False)
        episode.degrade(*reply.degraded)
    except StepFailed:
        episode.degrade("reply")


def _remember(episode: Episode, answer: str) -> Work[None]:
    asked = episode.messages[-1].text if episode.messages else episode.ticket.description
    key = f"{episode.ctx.instance_id}:{len(episode.messages)}"
    kept = Remembrance(
        tenant=episode.ticket.tenant,
        requester_id=episode.ticket.requester.id,
        thread=episode.thread,
        turns=(
            Turn(id=f"{key}:user", role="user", text=asked),
            Turn(id=f"{key}:assistant", role="assistant", text=answer),
        ),
    )
    try:
        done = yield from episode.step(names.REMEMBER, kept, Done, interruptible=False)
    except StepFailed:
        episode.degrade("redis")
    else:
        if done.degraded:
            episode.degrade(done.degraded)


def _keep_as_it_was(episode: Episode, before: TicketDocument, decisions: tuple[Decision, ...]) -> Work[None]:
    """An internal note, a message taken in before, or a decision that came too late is kept and reopens nothing."""
    kept = {"clocks", "escalation", "resolved_at", "closes_at", "degraded"}
    episode.change(**{name: getattr(before, name) for name in kept})
    for decision in decisions:
        episode.refuse_late(decision)
    yield from episode.record(before.status)
