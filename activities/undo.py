"""Put back what one action changed, when a person says so."""

from activities.auditing import Act, audited
from shared.actions import SetTicketFields, Undone
from shared.ports import Desk


async def undo(ticket_id: str, key: str, by: str, note: str | None, desk: Desk) -> Undone | None:
    """Once per key, whoever asks; None for a key that nothing was done under.

    Raises Permanent where it cannot be put back, or no longer is as the action left it.
    """
    act = Act(key=f"undo:{key}", act="action.undo", target=f"ticket:{ticket_id}", by=by, note=note)
    async with audited(act, desk):
        undone = await desk.directory.undo(key, by) or await desk.catalog.undo(key, by)
        if undone is None or undone.by != by:
            act.ended = "unchanged"
        elif not isinstance(undone.action, SetTicketFields):
            act.act, act.within, act.target = f"undo.{undone.action.kind}", act.target, f"user:{undone.action.user_id}"
            act.before, act.after = undone.before, undone.after
    return undone
