"""Erasing one person, and giving them all that is kept of them: what is looked for, and what was done."""

import json
from typing import Any, cast

from shared.model import Model

INSTANCES_STORE = "durable"
ERASED_STORES = (
    INSTANCES_STORE, "conversations",
    "history", "facts", "answers", "artifacts", "dead_letters", "once_keys", "events", "archive",
)  # fmt: skip
"""In this order: durable state first, since the archive could be made anew from it."""


EXPORTS = "exports/"
"""Where exports are put that are too large for an answer."""


class ErasureRequest(Model):
    requester_id: str
    cancel: bool = False
    """Whether what still runs for the person is ended; else nothing is erased while it does."""


class Person(Model):
    """Whom a step is about."""

    tenant: str
    requester_id: str


class Traces(Model):
    """Where a person occurs; found once and kept in history, so that an erasure cut short goes on from it."""

    tickets: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    """Durable instances of theirs that have not ended."""


class ErasureStep(Person):
    """One store to erase the person from."""

    store: str
    traces: Traces


class Erased(Model):
    """How much was erased from a store; `left` names what could not be, and why."""

    store: str
    count: int
    left: tuple[str, ...] = ()


class ErasureReport(Model):
    """Result of a task of the type erase_requester."""

    erased: dict[str, int]
    left: tuple[str, ...] = ()


def mentions(body: Any, requester_id: str, tickets: frozenset[str]) -> bool:
    """Whether a message or an input is about the person: their id where a requester stands, or one of their tickets."""
    if isinstance(body, dict):
        fields = cast(dict[str, Any], body)
        named = fields.get("requester_id"), _id_of(fields.get("requester"))
        return requester_id in named or any(mentions(value, requester_id, tickets) for value in fields.values())
    if isinstance(body, list):
        return any(mentions(item, requester_id, tickets) for item in cast(list[Any], body))
    if isinstance(body, str):
        return body in tickets or mentions(_parsed(body), requester_id, tickets)
    return False


def _id_of(requester: Any) -> Any:
    return cast(dict[str, Any], requester).get("id") if isinstance(requester, dict) else None


def _parsed(text: str) -> Any:
    """What a text says as JSON, where it is an object or a list; a message's body is one."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
