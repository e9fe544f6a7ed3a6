"""Starts an article from what a person answered; a person approves it before it is used.

Only people's own words count: a desk that learnt from itself would grow surer of its mistakes.
"""

import re

from activities.task_intake import start_task, task_id, task_input
from shared import names
from shared.content import LearningRequest, Material
from shared.correlation import trail
from shared.desk import TicketDocument
from shared.errors import Transient
from shared.events import Event
from shared.masking import mask
from shared.ports import Desk

LANGUAGE = re.compile(r"[a-z]{2}")


async def subscribe_learning(event: Event, desk: Desk) -> None:
    """One task for an event, however often it comes: the task's id follows from the event's."""
    if event.data.get("answered_by") != "person":
        return
    tenant = event.data["tenant"]
    document = await desk.archive.get(tenant, event.subject)
    if document is None or document.version < event.data["version"]:
        raise Transient(f"the answer to ticket {event.subject} is not in the archive yet")
    decided = document.escalation.decided if document.escalation else None
    if decided is None or decided.answer is None:
        return
    identity = task_id(tenant, names.CREATE_CONTENT, "learning", event.id)
    correlation_id = trail().correlation_id or identity
    request = _request(document, decided.answer)
    given = task_input(
        names.CREATE_CONTENT, request, identity, tenant=tenant, policy=desk.policy, correlation_id=correlation_id
    )
    await start_task(given, desk.instances)


def _request(document: TicketDocument, answer: str) -> LearningRequest:
    """Nothing personal gets in: both texts are masked."""
    language, category = document.language or "", document.category
    material = Material(
        ticket_id=document.id,
        answer=mask(answer)[0],
        category="general" if category in (None, "not_a_ticket") else category,
        language=language if LANGUAGE.fullmatch(language) else "en",
    )
    return LearningRequest(topic=mask(document.subject)[0], material=material)
