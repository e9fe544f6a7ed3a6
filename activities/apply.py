"""Carry out one action of an authorised plan; the same key has its effect once."""

from activities.auditing import Act, audited
from shared.actions import Action, ActionResult, RequestSoftware, SetTicketFields
from shared.errors import Permanent
from shared.exchanged import Application
from shared.names import TEAMS, action_id
from shared.ports import Desk
from shared.risk import needs_person


async def apply(application: Application, desk: Desk) -> ActionResult:
    """Raises Permanent for what a person should have approved and did not: whoever calls, code authorises here."""
    await _check_is_authorised(application, desk)
    act = Act(
        key=application.key,
        act=f"action.{application.action.kind}",
        target=_target(application),
        by=", ".join(application.approved_by) or None,
        within=f"ticket:{application.ticket_id}",
        after=application.action.model_dump(mode="json"),
    )
    async with audited(act, desk):
        result = await _carry_out(application, desk)
        act.ended = "done" if result.changed else "unchanged"
        act.note, act.before = result.summary, result.before
        act.after = result.after or act.after
    return result.model_copy(update={"id": action_id(application.ticket_id, application.key)})


async def _carry_out(application: Application, desk: Desk) -> ActionResult:
    match application.action:
        case SetTicketFields() as action:
            return await _new_fields(action, application, desk)
        case RequestSoftware() as action:
            return await desk.catalog.request(action, application.key)
        case action:
            return await desk.directory.carry_out(action, application.key)


async def _new_fields(action: SetTicketFields, application: Application, desk: Desk) -> ActionResult:
    """What the episode is to set: it alone holds the ticket, and sets it once as it hears of it."""
    who = action.assigned_to
    if who is not None and who not in TEAMS and not (await desk.directory.profile(who)).known:
        raise Permanent(f"there is no team or user {who} to assign to")
    after = action.fields
    before = {name: application.fields.get(name) for name in after}
    words = ", ".join(f"{name} {value}" for name, value in after.items())
    return ActionResult(kind=action.kind, summary=f"set {words}", changed=before != after, before=before, after=after)


def _target(application: Application) -> str:
    action: Action = application.action
    return f"ticket:{application.ticket_id}" if isinstance(action, SetTicketFields) else f"user:{action.user_id}"


async def _check_is_authorised(application: Application, desk: Desk) -> None:
    """An episode that began before approvals were handed on says nothing of its requester, and was checked there."""
    if application.requester_id is None or application.approved_by:
        return
    catalog = await desk.catalog.items() if isinstance(application.action, RequestSoftware) else ()
    if reason := needs_person([application.action], application.requester_id, catalog):
        raise Permanent(f"nobody has approved it: {reason}")
