"""Carry out one action of an authorised plan; the same key has its effect once."""

from activities.auditing import Act, audited
from shared.actions import ActionResult
from shared.desk import Application
from shared.errors import Permanent
from shared.ports import Desk
from shared.risk import needs_person


async def apply(application: Application, desk: Desk) -> ActionResult:
    """Raises Permanent for what a person should have approved and did not: whoever calls, code authorises here."""
    action = application.action
    _check_is_authorised(application)
    approved_by = ", ".join(application.approved_by)
    act = Act(
        key=application.key,
        act=f"action.{action.kind}",
        target=f"user:{action.user_id}",
        by=approved_by or None,
        within=f"ticket:{application.ticket_id}",
        after=action.model_dump(mode="json"),
    )
    async with audited(act, desk):
        result = await desk.directory.carry_out(action, application.key)
        act.ended = "done" if result.changed else "unchanged"
        act.note = result.summary
    return result


def _check_is_authorised(application: Application) -> None:
    """An episode that began before approvals were handed on says nothing of its requester, and was checked there."""
    if application.requester_id is None or application.approved_by:
        return
    if reason := needs_person([application.action], application.requester_id):
        raise Permanent(f"nobody has approved it: {reason}")
