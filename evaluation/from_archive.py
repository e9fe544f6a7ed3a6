"""`make eval-from-archive`: tickets that people corrected become drafts of labelled cases, for a person to finish.

Only what people said is taken for the truth: the desk's own answer and category are what was wrong, or may have been.
What the requester first wrote is in durable state, not in the archive: it is asked for over the API where `--desk` says
where that is. Without it a draft has the subject and the later messages.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console

from shared.actions import SetTicketFields
from shared.archives import TicketQuery
from shared.desk import TicketDocument
from shared.errors import DeskError
from shared.masking import mask
from shared.model import Model
from shared.ratings import Rating
from shared.tickets import Category, Priority
from triggers.services import Services

CASES = Path(".local") / "evaluation" / "cases.jsonl"
LAPTOP = Path("local.settings.json")
BAD_SCORE = 2
PAGE = 200
PATIENCE_S = 5.0
OVERRIDES = ("answer", "reject", "close", "reassign")
"""What a person decides who does not simply agree."""

type Describe = Callable[[str], Awaitable[str | None]]
"""What a requester first wrote, by the ticket's id; None where nobody knows any more."""


class Draft(Model):
    """A case without the labels that only a reviewer can give. Texts are masked.

    `why` says what people found wrong; `by_person` and `comment` are their own words, to label by.
    """

    id: str
    language: str | None
    subject: str
    text: str
    why: tuple[str, ...]
    categories: tuple[Category, ...] = ()
    priorities: tuple[Priority, ...] = ()
    by_person: str | None = None
    comment: str | None = None


async def drafts(on: Services, describe: Describe) -> AsyncIterator[Draft]:
    """Newest first. Raises Unavailable where archive or ratings are down."""
    cursor: str | None = None
    while True:
        page = await on.archive.find(TicketQuery(tenant=on.tenant, limit=PAGE, cursor=cursor))
        for ticket in page.items:
            rated = await on.ratings.of_ticket(on.tenant, ticket.id)
            if why := corrections(ticket, rated):
                yield _draft(ticket, why, rated, await describe(ticket.id))
        if (cursor := page.next_cursor) is None:
            return


def corrections(ticket: TicketDocument, rated: tuple[Rating, ...]) -> tuple[str, ...]:
    """What people did that says the desk was wrong; none where they agreed or said nothing."""
    decided = ticket.escalation.decided if ticket.escalation else None
    found: list[str] = []
    if decided is not None and decided.decision in OVERRIDES and _was_proposed(ticket):
        found.append(f"a person decided otherwise than proposed: {decided.decision}")
    if set_fields(ticket).fields:
        found.append("a person had the ticket's fields changed")
    if ticket.episode > 1:
        found.append(f"it was opened again, {ticket.episode - 1} times")
    found += [f"rated {one.score} of 5" for one in rated if one.score <= BAD_SCORE]
    return tuple(found)


def set_fields(ticket: TicketDocument) -> SetTicketFields:
    """The category and priority that a person approved; nothing where none was asked to."""
    asked = ticket.escalation
    if asked is None or asked.decided is None or asked.decided.decision != "approve":
        return SetTicketFields()
    return next((one for one in asked.actions if isinstance(one, SetTicketFields)), SetTicketFields())


def _was_proposed(ticket: TicketDocument) -> bool:
    """Whether there was anything to decide otherwise about: a ticket handed over without a plan was no mistake."""
    return ticket.escalation is not None and bool(ticket.escalation.proposed_answer or ticket.escalation.actions)


def _draft(ticket: TicketDocument, why: tuple[str, ...], rated: tuple[Rating, ...], first: str | None) -> Draft:
    said = (message.text for message in ticket.messages if message.sender == "requester" and not message.internal)
    decided = ticket.escalation.decided if ticket.escalation else None
    truth = set_fields(ticket)
    comments = "\n".join(one.comment for one in rated if one.comment and one.score <= BAD_SCORE)
    return Draft(
        id=ticket.id,
        language=ticket.language,
        subject=mask(ticket.subject)[0],
        text=mask("\n".join((*([first] if first else []), *said)))[0],
        why=why,
        categories=(truth.category,) if truth.category else (),
        priorities=(truth.priority,) if truth.priority else (),
        by_person=mask(decided.answer)[0] if decided is not None and decided.answer else None,
        comment=mask(comments)[0] or None,
    )


@asynccontextmanager
async def asking(desk: str | None, key: str | None) -> AsyncGenerator[Describe]:
    """Asks a running desk, where there is one."""
    import httpx

    headers = {"x-functions-key": key} if key else {}
    async with httpx.AsyncClient(base_url=f"{desk}/api", headers=headers, timeout=PATIENCE_S) as api:

        async def first_words(ticket_id: str) -> str | None:
            if desk is None:
                return None
            answer = await api.get(f"/tickets/{ticket_id}")
            answer.raise_for_status()
            return answer.json()["description"]

        yield first_words


async def lines(on: Services, describe: Describe) -> list[str]:
    return [draft.model_dump_json() async for draft in drafts(on, describe)]


async def _found(on: Services, desk: str | None, key: str | None) -> list[str]:
    try:
        async with asking(desk, key) as describe:
            return await lines(on, describe)
    finally:
        await on.close()


def _take_settings_of(file: Path) -> None:
    """As the host does: the environment wins."""
    if file.exists():
        for name, value in json.loads(file.read_text(encoding="utf-8"))["Values"].items():
            os.environ.setdefault(name, value)


def main() -> int:
    from triggers.services import services

    asked = argparse.ArgumentParser(prog="make eval-from-archive", description=__doc__)
    asked.add_argument("--desk", help="where the desk runs, to ask it for first words")
    asked.add_argument("--key", help="a function key for it")
    asked.add_argument("--to", type=Path, default=CASES)
    given = asked.parse_args()
    _take_settings_of(LAPTOP)
    try:
        found = asyncio.run(_found(services(), given.desk, given.key))
    except DeskError as error:
        Console().print(f"No drafts: {error}")
        return 1
    given.to.parent.mkdir(parents=True, exist_ok=True)
    given.to.write_text("".join(f"{line}\n" for line in found), encoding="utf-8")
    Console().print(
        f"{len(found)} drafts of cases in {given.to}; read, label and mask them further before they are kept"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
