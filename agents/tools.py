"""What agents may look up while they think. Nothing here changes anything, and no argument says who is asking."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Protocol, cast

from pydantic import Field

from shared.archives import Archive, TicketQuery
from shared.directory import Directory
from shared.errors import Unavailable
from shared.masking import mask
from shared.model import Model
from shared.shield import Shield
from shared.visibility import visible_part, without_private

MOST_ITEMS = 20
MOST_TICKETS = 5
MOST_CHARS = 600
"""Of any one text that a tool tells."""

Part = Annotated[str | None, Field(description="part of a service's name or id; leave out for all", max_length=100)]


class Lookups(Protocol):
    """Where agents look things up; a desk is one."""

    @property
    def tenant(self) -> str: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def archive(self) -> Archive: ...
    @property
    def shield(self) -> Shield | None: ...


@dataclass(frozen=True)
class Asker:
    """For whom an agent thinks: read from the question, never from what the model says."""

    requester_id: str = ""
    directory_id: str = ""
    ticket_id: str = ""


def asker_of(question: Model) -> Asker:
    """Questions of tasks have no requester: nobody's data is shown to their agents."""
    requester_id = str(getattr(question, "requester_id", None) or "")
    profile = getattr(getattr(question, "recollection", None), "profile", None)
    known_as = profile.id if profile is not None and profile.known else requester_id
    return Asker(requester_id, known_as, str(getattr(question, "ticket_id", None) or ""))


def looking_up_for(asker: Asker) -> Any:
    """Middleware that tells every tool for whom it looks things up."""
    from agent_framework import function_middleware

    @function_middleware
    async def tell(context: Any, call_next: Callable[[], Awaitable[None]]) -> None:
        context.kwargs["asker"] = asker
        await call_next()

    return tell


@lru_cache(maxsize=16)
def read_only_tools(names: tuple[str, ...], lookups: Lookups) -> tuple[Any, ...]:
    """The named tools as Agent Framework knows them; they need `looking_up_for` among the agent's middleware.

    Kept for the next question: deriving a tool's schema costs more than calling it. Raises KeyError for a
    name that is no tool.
    """
    from agent_framework import FunctionInvocationContext, tool

    async def lookup_user(
        user_id: Annotated[str, Field(description="directory id of the person, e.g. u-1001", max_length=200)],
        ctx: FunctionInvocationContext,
    ) -> str:
        """Look a person up. Of others than the requester only what the requester may see is told."""
        return await _told(_person(lookups, _asker(ctx), user_id))

    async def service_status(name: Part = None) -> str:
        """Tell the current state of IT services, with notes."""
        return await _told(_services(lookups, name))

    async def known_incidents(name: Part = None) -> str:
        """Tell the incidents that are being worked on: title, services, workaround, since when."""
        return await _told(_incidents(lookups, name))

    async def similar_tickets(
        text: Annotated[str, Field(description="what it is about, in the ticket's own words", max_length=1_000)],
        ctx: FunctionInvocationContext,
    ) -> str:
        """Find resolved tickets of the whole desk whose words are alike. They may be wrong or outdated."""
        return await _told(_similar(lookups, _asker(ctx), text))

    async def ticket_history(ctx: FunctionInvocationContext) -> str:
        """Tell the requester's own latest tickets: subject, state, answer. There is no history of anybody else."""
        return await _told(_history(lookups, _asker(ctx)))

    known = {
        made.__name__: made
        for made in (lookup_user, service_status, known_incidents, similar_tickets, ticket_history)
    }  # fmt: skip
    return tuple(tool(known[name]) for name in names)


def _asker(context: Any) -> Asker:
    """Nobody in particular, who is shown nobody's data, unless the middleware told."""
    return context.kwargs.get("asker") or Asker()


async def _told(looking: Awaitable[Any]) -> str:
    """What was found, for `tool_walls` to mark as data; a source that is down is named."""
    try:
        found = await looking
    except Unavailable as error:
        return json.dumps({"degraded": [error.dependency]})
    return json.dumps({"found": _bounded(found)}, ensure_ascii=False)


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= MOST_CHARS else f"{value[:MOST_CHARS]} (cut off)"
    if isinstance(value, list | tuple):
        return [_bounded(item) for item in cast(Sequence[Any], value)[:MOST_ITEMS]]
    if isinstance(value, dict):
        return {key: _bounded(item) for key, item in cast(dict[str, Any], value).items()}
    return value


async def _person(lookups: Lookups, asker: Asker, user_id: str) -> Any:
    profile = await lookups.directory.profile(user_id)
    relation = await lookups.directory.relation(asker.directory_id, user_id)
    return visible_part(profile, relation).model_dump(mode="json", exclude_none=True, exclude_unset=True)


async def _services(lookups: Lookups, part: str | None) -> Any:
    states = await lookups.directory.services()
    return [_dump(state) for state in states if _has_part(part, state.id, state.name)]


async def _incidents(lookups: Lookups, part: str | None) -> Any:
    names = {state.id: state.name for state in await lookups.directory.services()}
    found = await lookups.directory.incidents()
    return [
        _dump(incident)
        for incident in found
        if _has_part(part, *incident.services, *(names.get(service, "") for service in incident.services))
    ]


async def _similar(lookups: Lookups, asker: Asker, text: str) -> Any:
    found = await lookups.archive.similar(lookups.tenant, mask(text)[0], MOST_TICKETS)
    return [_dump(without_private(ticket)) for ticket in found if ticket.id != asker.ticket_id]


async def _history(lookups: Lookups, asker: Asker) -> Any:
    if not asker.requester_id:
        return []
    query = TicketQuery(tenant=lookups.tenant, requester=asker.requester_id, limit=MOST_TICKETS + 1)
    page = await lookups.archive.find(query)
    others = [document for document in page.items if document.id != asker.ticket_id]
    shown = {"id", "subject", "status", "category", "created_at", "answer"}
    return [_masked(document.model_dump(mode="json", include=shown)) for document in others[:MOST_TICKETS]]


def _masked(ticket: dict[str, Any]) -> dict[str, Any]:
    """The archive keeps answers as they were given, with what was restored in them for the requester."""
    return ticket | {"answer": mask(ticket["answer"])[0] if ticket["answer"] else None}


def _dump(found: Model) -> dict[str, Any]:
    return found.model_dump(mode="json", exclude_none=True)


def _has_part(part: str | None, *texts: str) -> bool:
    wanted = (part or "").casefold()
    return any(wanted in text.casefold() for text in texts)
