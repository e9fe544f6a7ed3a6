"""Sees to it that the archive has what an event tells of.

`record` writes the archive itself, so that a status is there within seconds; when that write was lost, or the archive
was set up anew, this one takes the document from durable state.
"""

from shared import names
from shared.desk import TicketDocument
from shared.errors import Transient
from shared.events import Event
from shared.ports import Desk


async def subscribe_archive(event: Event, desk: Desk) -> None:
    archived = await desk.archive.get(event.data["tenant"], event.subject)
    if archived is not None and archived.version >= event.data["version"]:
        return
    instance_id = names.ticket_instance(event.subject, event.data["episode"])
    last = await desk.instances.last_input_of(instance_id, names.RECORD)
    if last is None:
        raise Transient(f"{instance_id} has recorded nothing yet")
    await desk.archive.put(TicketDocument.model_validate(last))
