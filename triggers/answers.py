"""What doors answer with, where that is not a model of the vocabulary as it stands: parts of one, pages, receipts."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, create_model

from shared.model import Model


def left_out() -> Any:
    """The field of an answer that is only there where there is something to say."""
    return Field(default_factory=lambda: None, exclude_if=lambda value: value is None)


class Page[T](Model):
    """Part of a listing; `next_cursor` leads to the rest, and is null where there is none."""

    items: tuple[T, ...]
    next_cursor: str | None


class Items[T](Model):
    """A listing that is always whole."""

    items: tuple[T, ...]


class Problem(Model):
    """What every error is answered with (RFC 9457); `errors` names the faults of a request one by one."""

    type: str
    title: str
    status: int
    detail: str
    correlation_id: str
    errors: tuple["Fault", ...] = left_out()
    sign_in: str = left_out()


class Fault(Model):
    """`pointer` leads to what is wrong in the body or the query."""

    pointer: str
    detail: str


class SelfLink(Model):
    self: str


class TicketLink(Model):
    ticket: str


class OnItsWay(Model):
    """A message or decision that the ticket is told of."""

    id: str
    ticket_id: str
    status: Literal["accepted"] = "accepted"
    links: TicketLink


class TaskStarted(Model):
    """`task_id` is good for GET /task/{id}, where the work can be followed."""

    task_id: str
    status: Literal["started"] = "started"
    workflow: str
    message: str


class Linked(Model):
    """What is too large for an answer: where it can be fetched until then."""

    size_bytes: int
    link: str
    expires_at: datetime


def page_of(item: Any) -> type[Model]:
    return Page[item]


def items_of(item: Any) -> type[Model]:
    return Items[item]


def part_of(
    whole: type[Model], name: str, *, without: Collection[str] = (), optional: Collection[str] = (), **more: Any
) -> type[Model]:
    """The model of a view: the fields of a model but for some, some of which may be left out, and some beside them."""
    fields: dict[str, Any] = {field: (info.annotation, info) for field, info in whole.model_fields.items()}
    fields = {field: kept for field, kept in fields.items() if field not in without}
    fields |= {field: (fields[field][0], left_out()) for field in optional}
    return create_model(name, __base__=Model, __doc__=whole.__doc__, **fields, **more)
