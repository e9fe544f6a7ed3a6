"""Everything the desk keeps of one person, in one JSON object."""

from datetime import UTC, datetime
from typing import Any

from activities.erasure import dead_letters_about, find_traces
from shared.erasure import Person
from shared.ports import Desk

PAGE = 200


async def everything_of(person: Person, desk: Desk) -> dict[str, Any]:
    """Texts as they are kept; the inputs of durable instances hold what the person wrote, unmasked.

    Raises Unavailable when a store is down: an export that leaves something out must not look whole.
    """
    tenant, requester = person.tenant, person.requester_id
    traces = await find_traces(person, desk)
    instances = [
        state for ticket in traces.tickets for state in await desk.instances.all_with_prefix(f"ticket-{ticket}-")
    ]
    documents = await desk.archive.of_requester(tenant, requester)
    facts = await desk.user_memory.known(tenant, requester)
    return {
        "requester_id": requester,
        "exported_at": datetime.now(UTC).isoformat(),
        "tickets": [document.model_dump(mode="json") for document in documents],
        "written": [{"instance": state.instance_id, "input": state.input} for state in instances],
        "ratings": [
            rating.model_dump(mode="json")
            for ticket in traces.tickets
            for rating in await desk.ratings.of_ticket(tenant, ticket)
        ],
        "events": [event.structured() for ticket in traces.tickets for event in await desk.events.of_ticket(ticket)],
        "conversations": await _conversations(person, desk),
        "memory": {
            "consent": await desk.user_memory.consent(tenant, requester),
            "facts": [fact.model_dump(mode="json") for fact in facts],
        },
        "dead_letters": [
            letter.model_dump(mode="json") for letter in await dead_letters_about(person, traces.tickets, desk)
        ],
        "tasks": list(traces.tasks),
    }


async def _conversations(person: Person, desk: Desk) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await desk.memory.threads(person.tenant, person.requester_id, PAGE, cursor)
        for item in page.items:
            where = (person.tenant, person.requester_id, item.thread)
            summary = await desk.memory.summary(*where)
            turns = [turn.model_dump(mode="json", exclude_none=True) for turn in await desk.memory.read(*where)]
            told.append({"thread": item.thread, "turns": turns, "summary": summary.text if summary else None})
        if (cursor := page.next_cursor) is None:
            return told
