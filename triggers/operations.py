"""A door as its channel declares it: what it takes, what it answers, and the function that the host calls.

Who may enter by which method and route stands in triggers/access.py, under the function's name; triggers/openapi.py
describes all of it to callers.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import azure.durable_functions as df
import azure.functions as func

from triggers.access import DOORS, Door
from triggers.http import Handler, respond
from triggers.services import durable_client

JSON = "application/json"
IDEMPOTENCY_KEY, IF_MATCH, IF_NONE_MATCH = "Idempotency-Key", "If-Match", "If-None-Match"


class Content(NamedTuple):
    """A body in a media type; `of` is a model or any type that pydantic knows."""

    media: str
    of: Any = str


type Contents = tuple[Content, ...]


class Operation(NamedTuple):
    """What a caller has to know of a door; an answer without contents has no body."""

    door: Door
    channel: str
    says: str
    query: type[Any] | None
    takes: Contents
    body_optional: bool
    reads: tuple[str, ...]
    ids: Mapping[str, Any]
    answers: Mapping[int, Contents]
    refuses: tuple[int, ...]


OPERATIONS: dict[str, Operation] = {}


def described[F: Callable[..., Any]](
    *, answers: Mapping[int, Any], refuses: tuple[int, ...] = (), query: type[Any] | None = None,
    body: Any = None, body_optional: bool = False, headers: tuple[str, ...] = (),
    ids: Mapping[str, Any] | None = None,
) -> Callable[[F], F]:  # fmt: skip
    """Note what callers have to know of the door of the function's name.

    `answers` gives each status its body: a type that is written as JSON, `Content`, several of them, or None.
    `refuses` are the problems of this door beside those that any may answer with, `ids` the types of what stands in
    its path where not everything is an id.
    """

    def note(function: F) -> F:
        OPERATIONS[function.__name__] = Operation(
            door=DOORS[function.__name__],
            channel=function.__module__,
            says=" ".join((function.__doc__ or "").split()),
            query=query,
            takes=_contents(body),
            body_optional=body_optional,
            reads=headers,
            ids=ids or {},
            answers={status: _contents(given) for status, given in answers.items()},
            refuses=refuses,
        )
        return function

    return note


def door(blueprint: df.Blueprint, **operation: Any) -> Callable[[Handler], Handler]:
    """Register a handler as the door of its name; `operation` is what `described` takes."""

    def register(handle: Handler) -> Handler:
        described(**operation)(handle)
        at = DOORS[handle.__name__]

        async def enter(req: func.HttpRequest, client: str) -> func.HttpResponse:
            return await respond(req, client, handle, at)

        enter.__name__, enter.__doc__ = handle.__name__, handle.__doc__
        level = func.AuthLevel.ANONYMOUS if at.is_public else None
        on_route = blueprint.route(route=at.route, methods=[at.method], auth_level=level)
        on_route(durable_client(blueprint)(enter))
        return handle

    return register


def _contents(given: Any) -> Contents:
    if given is None:
        return ()
    several = cast(tuple[Any, ...], given) if type(given) is tuple else (given,)
    return tuple(each if isinstance(each, Content) else Content(JSON, each) for each in several)
