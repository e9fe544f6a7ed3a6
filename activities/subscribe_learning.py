"""Turns what a person answered into a draft for the knowledge base, which a person approves before it is used.

Only people's own words count: a desk that learnt from itself would grow surer of its mistakes.
"""

import json
from datetime import datetime

from shared.desk import Event, TicketDocument
from shared.errors import Transient
from shared.masking import mask
from shared.ports import Desk

DRAFTS = "knowledge/drafts/"


async def subscribe_learning(event: Event, desk: Desk) -> None:
    if event.data.get("answered_by") != "person":
        return
    document = await desk.archive.get(event.data["tenant"], event.subject)
    if document is None or document.version < event.data["version"]:
        raise Transient(f"the answer to ticket {event.subject} is not in the archive yet")
    decided = document.escalation.decided if document.escalation else None
    if decided is None or decided.answer is None:
        return
    draft = _draft(document, decided.answer, decided.at)
    await desk.artifacts.write(f"{DRAFTS}ticket-{document.id}.md", draft.encode(), "text/markdown; charset=utf-8")


def _draft(document: TicketDocument, answer: str, at: datetime) -> str:
    """A knowledge article as the knowledge base reads it, but for its status; nothing personal gets in."""
    title = mask(document.subject)[0]
    asked = [mask(message.text)[0] for message in document.messages if message.sender == "requester"]
    front = {
        "id": f"ticket-{document.id}",
        "title": title,
        "category": document.category or "general",
        "status": "draft",
        "updated": at.date().isoformat(),
    }
    lines = ["---", *(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in front.items()), "---", ""]
    lines += ["## Symptoms", title, *(f"- {' '.join(text.split())}" for text in asked), ""]
    lines += ["## What helped", mask(answer)[0], ""]
    return "\n".join(lines)
