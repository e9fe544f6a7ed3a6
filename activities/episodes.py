"""Finding the episode of a ticket that counts: the last one there is."""

from shared import names
from shared.errors import DeskError, Permanent
from shared.instances import InstanceState
from shared.ports import Desk


async def latest_episode(tenant: str, ticket_id: str, desk: Desk) -> tuple[int, InstanceState]:
    """The number and the state of the newest episode.

    The archive only says where to start looking: it may be behind, or down. Raises Permanent for an
    unknown ticket.
    """
    try:
        document = await desk.archive.get(tenant, ticket_id)
    except DeskError:
        document = None
    number = document.episode if document else 1
    found = await desk.instances.state(names.ticket_instance(ticket_id, number))
    if found is None:
        raise Permanent(f"there is no ticket {ticket_id}")
    while (later := await desk.instances.state(names.ticket_instance(ticket_id, number + 1))) is not None:
        number, found = number + 1, later
    return number, found
