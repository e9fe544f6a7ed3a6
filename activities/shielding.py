"""What was found for an agent goes past the shield: somebody else's text that gives orders is withheld, and named."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from shared.errors import Unavailable
from shared.model import Model
from shared.shield import Shield

MOST_CHARS = 60_000
"""The shield is shown no more, so that a question costs it a dozen calls at most; what is beyond is not used, for
nobody has looked at it. What comes first matters most."""
UNSEEN = "withheld:unseen"

log = logging.getLogger("helpdesk.safety")


@dataclass(frozen=True)
class _Kind:
    """A field of what was found: by which name people are told of one of its items, and what an agent reads of it."""

    field: str
    name: Callable[[Any], str]
    text: Callable[[Any], str]
    newest_first: bool = False


_KINDS = (
    _Kind("passages", lambda one: f"passage:{one.article_id}", lambda one: f"{one.title}\n{one.section}\n{one.text}"),
    _Kind("services", lambda one: f"service:{one.id}", lambda one: f"{one.note}\n{one.known_incident or ''}"),
    _Kind("similar", lambda one: f"ticket:{one.id}", lambda one: f"{one.subject}\n{one.answer or ''}"),
    _Kind("published", lambda one: f"source:{one.url}", lambda one: f"{one.title}\n{one.summary}"),
    _Kind("candidates", lambda one: f"candidate:{one.id}", lambda one: f"{one.title}\n{one.summary}"),
    _Kind("known_facts", lambda one: f"memory:{one.topic}", lambda one: one.text),
    _Kind("history", lambda one: f"history:{one.id}", lambda one: one.text, newest_first=True),
)


async def without_attacks[M: Model](known: M, shield: Shield | None) -> M:
    """What the shield flags is left out and stands in `degraded` by name; that it was not shown all, or is down, too.

    The rules have judged these texts before: articles when they were read, history and earlier tickets at their door.
    """
    if shield is None:
        return known
    texts, unseen = _within(MOST_CHARS, known)
    names = tuple(texts)
    try:
        flagged = {names[position] for position in await shield.flagged(tuple(texts.values()))} if texts else set[str]()
    except Unavailable as error:
        log.warning("nobody but the rules has judged what was found: %s", error)
        return _saying(known, {error.dependency})
    if not (withheld := flagged | unseen):
        return known
    log.warning("withheld from agents: %s as an attack, %d unseen", ", ".join(sorted(flagged)) or "none", len(unseen))
    return _saying(_less(known, withheld), {f"withheld:{name}" for name in flagged} | ({UNSEEN} if unseen else set()))


def _saying[M: Model](known: M, what: set[str]) -> M:
    degraded: tuple[str, ...] = getattr(known, "degraded")  # noqa: B009 every such model has the field
    return known.model_copy(update={"degraded": tuple(sorted({*degraded, *what}))})


def _less[M: Model](known: M, withheld: set[str]) -> M:
    """A service's state is a fact that the desk has: of a service that is withheld only its words go."""
    update: dict[str, Any] = {}
    for kind in _of(known):
        items = getattr(known, kind.field)
        if kind.field == "services":
            silent = {"note": "", "known_incident": None}
            update[kind.field] = tuple(
                one.model_copy(update=silent) if kind.name(one) in withheld else one for one in items
            )
        else:
            update[kind.field] = tuple(one for one in items if kind.name(one) not in withheld)
    return known.model_copy(update=update)


def _within(most_chars: int, known: Model) -> tuple[dict[str, str], set[str]]:
    """The texts by the names of their items, as many as there is room for, and the names of the others.

    The passages of an article stand and fall together.
    """
    texts: dict[str, str] = {}
    unseen: set[str] = set()
    for name, text in _named(known):
        if (most_chars := most_chars - len(text)) < 0:
            unseen.add(name)
        else:
            texts[name] = f"{texts[name]}\n\n{text}" if name in texts else text
    return {name: text for name, text in texts.items() if name not in unseen}, unseen


def _named(known: Model) -> Iterator[tuple[str, str]]:
    for kind in _of(known):
        items = getattr(known, kind.field)
        yield from ((kind.name(one), kind.text(one)) for one in (reversed(items) if kind.newest_first else items))


def _of(known: Model) -> Iterator[_Kind]:
    return (kind for kind in _KINDS if kind.field in type(known).model_fields)
