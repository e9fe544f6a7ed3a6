"""Learns from what a requester said, once they have their answer: nothing here delays it."""

from activities.learning import start_learning
from shared import names
from shared.errors import Transient
from shared.events import Event
from shared.exchanged import Remembrance
from shared.learning import LearnRequest
from shared.masking import mask
from shared.ports import Desk
from shared.thinking import Turn


async def subscribe_memory(event: Event, desk: Desk) -> None:
    """One task for an answer, however often its event comes."""
    remembrance, subject = await _remembrance(event, desk)
    if remembrance is None:
        return
    request = LearnRequest(
        requester_id=remembrance.requester_id,
        thread=remembrance.thread,
        source=event.subject,
        said_at=event.time,
        turns=tuple(Turn(id=turn.id, role=turn.role, text=mask(turn.text)[0]) for turn in remembrance.turns),
        subject=subject,
    )
    await start_learning(remembrance.tenant, request, event.id, desk)


async def _remembrance(event: Event, desk: Desk) -> tuple[Remembrance | None, str]:
    """What was to be remembered before this version was recorded, and the ticket's subject.

    Durable state tells also what memory missed while it was down.
    """
    instance = names.ticket_instance(event.subject, event.data["episode"])
    found: Remembrance | None = None
    for activity, given in await desk.instances.inputs_of(instance, names.REMEMBER, names.RECORD):
        if activity == names.REMEMBER:
            found = Remembrance.model_validate(given)
        elif given["version"] == event.data["version"]:
            return found, given["subject"]
        else:
            found = None
    raise Transient(f"the history of {instance} does not tell of version {event.data['version']} yet")
