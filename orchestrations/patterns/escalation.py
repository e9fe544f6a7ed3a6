"""A person's turn: a ladder of rungs, each with its timer, until somebody decides."""

from datetime import datetime, timedelta

from durabletask.task import when_any

from orchestrations.calling import Work, now
from orchestrations.episode import Episode
from shared.actions import action_hash
from shared.approvals import approvals_needed, fault_of, is_approved, with_approval
from shared.escalations import Advice, Escalation
from shared.handover import in_words
from shared.names import TEAMS
from shared.thinking import Plan
from shared.tickets import Decision, InboxItem


def escalate(
    episode: Episode,
    reason: str,
    plan: Plan | None,
    tried: tuple[str, ...] = (),
    told: str = "",
    advice: Advice | None = None,
) -> Work[Decision]:
    """Ask people until one decides; after the last rung the ticket stays open, breached, with reminders.

    A rung that changes keeps the escalation's id, so an approval given on an earlier rung still counts.
    The requester is told once that a person has the ticket, where there are words for it.
    """
    opened_at = now(episode.ctx)
    is_first = episode.document.escalation is None
    episode.change(escalation=_open(episode, reason, plan).model_copy(update={"tried": tried, "advice": advice}))
    episode.settle("escalated", reason)
    rungs = episode.policy.rungs_s
    rung = 0
    decision: Decision | None = None
    while decision is None:
        rung += 1
        over = rung > len(rungs)
        wait_s = episode.policy.reminder_s if over else rungs[rung - 1]
        if not over:
            yield from _climb(episode, rung, wait_s)
            if rung == 1 and is_first and told:
                requester = episode.ticket.requester
                yield from episode.notify("handed_over", requester.email or requester.id, told)
        elif not _current(episode).breached:
            episode.change(escalation=_current(episode).model_copy(update={"breached": True, "rung_due_at": None}))
            yield from episode.record("escalated")
            yield from episode.notify("breached", _current(episode).assigned_to, f"Nobody decided in time: {reason}")
        else:
            yield from episode.notify("reminder", _current(episode).assigned_to, f"Still waiting: {reason}")
        decision = yield from _wait_for_decision(episode, timedelta(seconds=wait_s))
    decided = {"decided": decision, "decided_at": now(episode.ctx)}
    episode.change(escalation=_current(episode).model_copy(update=decided))
    episode.note_step("escalate", opened_at, f"{decision.decision} by {decision.by}")
    return decision


def _open(episode: Episode, reason: str, plan: Plan | None) -> Escalation:
    actions = plan.actions if plan else ()
    previous = episode.document.escalation
    count = _count(previous) + 1 if previous else 1
    shown = action_hash(actions, count)
    return Escalation(
        id=f"{episode.number}-{count}-{shown}",
        reason=reason,
        opened_at=now(episode.ctx),
        rung=1,
        assigned_to=TEAMS[0],
        actions=actions,
        action_hash=shown,
        expires_at=_expiry(episode) if actions else None,
        approvals_needed=approvals_needed(actions, episode.policy.four_eyes),
        proposed_answer=plan.answer if plan else None,
    )


def _count(escalation: Escalation) -> int:
    return int(escalation.id.split("-")[1])


def _expiry(episode: Episode) -> datetime:
    return now(episode.ctx) + timedelta(seconds=episode.policy.approval_expires_s)


def _renew(episode: Episode) -> Work[None]:
    """Nobody approved in time: what is to be changed must be looked at again, so older approvals are void."""
    expired = _current(episode)
    count = _count(expired) + 1
    shown = action_hash(expired.actions, count)
    renewed = {
        "id": f"{episode.number}-{count}-{shown}",
        "action_hash": shown,
        "expires_at": _expiry(episode),
        "approvals": (),
    }
    episode.change(escalation=expired.model_copy(update=renewed))
    yield from episode.record("escalated")
    text = f"The time to approve is over, and it is asked anew: {expired.reason}"
    yield from episode.notify("approval_expired", expired.assigned_to, text)


def _current(episode: Episode) -> Escalation:
    assert episode.document.escalation is not None
    return episode.document.escalation


def _climb(episode: Episode, rung: int, wait_s: float) -> Work[None]:
    team = TEAMS[min(rung, len(TEAMS)) - 1]
    due_at = now(episode.ctx) + timedelta(seconds=wait_s)
    update = {"rung": rung, "rung_due_at": due_at, "assigned_to": team}
    episode.change(escalation=_current(episode).model_copy(update=update))
    yield from episode.record("escalated")
    event = "escalated" if rung == 1 else "rung"
    yield from episode.notify(event, team, _in_words(_current(episode)))


def _in_words(escalation: Escalation) -> str:
    told = in_words(escalation.reason, escalation.tried)
    return "\n".join((told, *escalation.advice.in_words)) if escalation.advice else told


def _wait_for_decision(episode: Episode, patience: timedelta) -> Work[Decision | None]:
    """The first decision that counts, or None when the rung's time is over."""
    until = now(episode.ctx) + patience
    while True:
        expires_at = _current(episode).expires_at
        is_last = expires_at is None or until <= expires_at
        decision = yield from _decided_before(episode, until if is_last or expires_at is None else expires_at)
        if decision is not None or is_last:
            return decision
        yield from _renew(episode)


def _decided_before(episode: Episode, moment: datetime) -> Work[Decision | None]:
    timer = episode.ctx.create_timer(max(moment - now(episode.ctx), timedelta()))
    while True:
        heard = episode.inbox.drain()
        decision = yield from _consider(episode, heard)
        if decision is not None:
            if not timer.is_complete:
                timer.cancel()
            return decision
        if timer.is_complete:
            return None
        yield when_any([episode.inbox.waiting, timer])


def _consider(episode: Episode, heard: list[InboxItem]) -> Work[Decision | None]:
    """Take messages in; the first decision that counts ends the wait, those behind it are refused."""
    winner: Decision | None = None
    written = False
    for item in heard:
        decision = episode.new_decision(item)
        if item.decision is None:
            episode.take_in([item])
            written = True
        elif decision is None:
            continue
        elif winner is not None:
            episode.refuse(decision, f"{winner.decision} by {winner.by} came first")
        elif decision.decision == "reassign":
            yield from _reassign(episode, decision)
        elif decision.decision != "approve":
            winner = decision
        elif (fault := fault_of(decision, _current(episode), episode.ticket.requester)) is not None:
            episode.refuse(decision, fault)
            written = True
        else:
            winner = yield from _approve(episode, decision)
    if written and winner is None:
        yield from episode.record("escalated")
    return winner


def _approve(episode: Episode, decision: Decision) -> Work[Decision | None]:
    """The decision where it is the last that was needed; else another person is asked for theirs."""
    episode.change(escalation=with_approval(_current(episode), decision, now(episode.ctx)))
    if is_approved(_current(episode)):
        return decision
    yield from episode.record("escalated")
    text = f"Approved by {decision.by}; another person must approve it too"
    yield from episode.notify("approved_once", _current(episode).assigned_to, text)
    return None


def _reassign(episode: Episode, decision: Decision) -> Work[None]:
    assert decision.assign_to is not None
    episode.change(escalation=_current(episode).model_copy(update={"assigned_to": decision.assign_to}))
    yield from episode.record("escalated")
    yield from episode.notify("reassigned", decision.assign_to, f"Assigned by {decision.by}")
