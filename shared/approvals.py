"""Who may approve what, and for how long: judged by code at the door and again where the approval takes effect."""

from collections.abc import Collection, Sequence
from datetime import datetime

from shared.actions import Action
from shared.escalations import Approval, Escalation
from shared.tickets import Decision, Requester


def approvals_needed(actions: Sequence[Action], four_eyes: Collection[str]) -> int:
    """Two different people where a setting asks for it for any of the actions, else one."""
    return 2 if any(action.kind in four_eyes for action in actions) else 1


def fault_of(approval: Decision, escalation: Escalation, requester: Requester) -> str | None:
    """Why an approval does not count for what the escalation shows, or None."""
    if approval.action_hash != escalation.action_hash:
        return "the actions are not those that were approved"
    if is_requester(approval.by, requester):
        return "nobody approves what they have asked for themselves"
    if escalation.expires_at is not None and approval.at >= escalation.expires_at:
        return "the time for this approval was over"
    if any(is_same(approval.by, earlier.by) for earlier in escalation.approvals):
        return f"{approval.by} has approved already: another person must"
    return None


def with_approval(escalation: Escalation, approval: Decision, at: datetime) -> Escalation:
    given = Approval(by=approval.by, at=at, note=approval.note)
    return escalation.model_copy(update={"approvals": (*escalation.approvals, given)})


def is_approved(escalation: Escalation) -> bool:
    return len(escalation.approvals) >= escalation.approvals_needed


def is_requester(by: str, requester: Requester) -> bool:
    """Under id or address. The name is not asked: anybody can write another's into a ticket and so keep them out."""
    return any(is_same(by, name) for name in (requester.id, requester.email) if name)


def is_same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
