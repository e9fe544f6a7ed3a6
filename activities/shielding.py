"""What was recalled goes past the shield: somebody else's text that gives orders is withheld, and named."""

import logging
from collections.abc import Iterator

from shared.errors import Unavailable
from shared.shield import Shield
from shared.thinking import Recollection

MOST_CHARS = 20_000
"""The shield is shown no more, so that a ticket costs it a few calls at most; what comes first matters most."""

log = logging.getLogger("helpdesk.safety")


async def without_attacks(known: Recollection, shield: Shield | None) -> Recollection:
    """What the shield flags is left out and stands in `degraded` by name; a shield that is down stands there too.

    The rules have judged these texts before: articles when they were read, history and earlier tickets at their door.
    """
    if shield is None:
        return known
    texts = dict(_within(MOST_CHARS, known))
    names = tuple(texts)
    try:
        flagged = {names[position] for position in await shield.flagged(tuple(texts.values()))} if texts else set[str]()
    except Unavailable as error:
        log.warning("nobody but the rules has judged what was recalled: %s", error)
        return known.model_copy(update={"degraded": tuple(sorted({*known.degraded, error.dependency}))})
    return _less(known, flagged) if flagged else known


def _less(known: Recollection, flagged: set[str]) -> Recollection:
    log.warning("withheld from agents, as an attack: %s", ", ".join(sorted(flagged)))
    services = tuple(
        state.model_copy(update={"note": "", "known_incident": None}) if f"service:{state.id}" in flagged else state
        for state in known.services
    )
    return known.model_copy(
        update={
            "passages": tuple(one for one in known.passages if f"passage:{one.article_id}" not in flagged),
            "similar": tuple(one for one in known.similar if f"ticket:{one.id}" not in flagged),
            "services": services,
            "history": tuple(turn for turn in known.history if f"history:{turn.id}" not in flagged),
            "known_facts": tuple(fact for fact in known.known_facts if f"memory:{fact.topic}" not in flagged),
            "degraded": tuple(sorted({*known.degraded, *(f"withheld:{name}" for name in flagged)})),
        }
    )


def _within(most_chars: int, known: Recollection) -> Iterator[tuple[str, str]]:
    left = most_chars
    for name, text in _named(known):
        if (left := left - len(text)) < 0:
            return
        yield name, text


def _named(known: Recollection) -> Iterator[tuple[str, str]]:
    """Each text by the name it is told to people by; the passages of an article stand and fall together."""
    articles: dict[str, list[str]] = {}
    for passage in known.passages:
        articles.setdefault(passage.article_id, []).append(f"{passage.title}\n{passage.section}\n{passage.text}")
    yield from ((f"passage:{article}", "\n\n".join(texts)) for article, texts in articles.items())
    yield from ((f"service:{state.id}", f"{state.note}\n{state.known_incident or ''}") for state in known.services)
    yield from ((f"ticket:{ticket.id}", f"{ticket.subject}\n{ticket.answer or ''}") for ticket in known.similar)
    yield from ((f"memory:{fact.topic}", fact.text) for fact in known.known_facts)
    yield from ((f"history:{turn.id}", turn.text) for turn in reversed(known.history))
