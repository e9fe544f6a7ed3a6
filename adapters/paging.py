"""Listings, newest first, and where they go on: time and id of the last line, as an opaque cursor."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shared.cursors import place_in
from shared.errors import InvalidCursor

LARGEST_PAGE = 200


def page_size(limit: int) -> int:
    """Lines of a page: at least 1 and at most LARGEST_PAGE, whatever limit is asked for."""
    return max(1, min(limit, LARGEST_PAGE))


def moment(at: datetime) -> str:
    """Text whose order is the order in time; a time without a zone is taken as UTC."""
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")


def position(given: str) -> tuple[str, str]:
    """The time and the id within a cursor. Raises InvalidCursor for one that no listing gave."""
    at, identity = place_in(given, 2)
    try:
        if moment(datetime.fromisoformat(at)) != at:
            raise ValueError("not a time as a listing writes it")
    except (ValueError, OverflowError) as error:
        raise InvalidCursor("the cursor is not one that a listing gave") from error
    return at, identity


type Filter = tuple[str, str | Sequence[str]]
"""A condition of ours with one placeholder for each of the caller's values."""


def is_any_of(column: str, wanted: str | Sequence[str] | None) -> list[Filter]:
    """The filter on a column, of one value or of several that are alternatives; none when nothing is wanted."""
    if not wanted:
        return []
    several = [wanted] if isinstance(wanted, str) else list(wanted)
    return [(f"{column} IN ({', '.join('?' * len(several))})", several)]


def newest_first(
    table: str, column: str, tenant: str, filters: Sequence[Filter], after: str | None, limit: int
) -> tuple[str, tuple[Any, ...]]:
    """The statement and its values for a page of a tenant's rows, and one row more, which tells whether it is the last.

    Table, column and conditions are ours, never a caller's. Raises InvalidCursor.
    """
    where = ["tenant = ?", *(condition for condition, _ in filters)]
    values: list[Any] = [tenant]
    for _, wanted in filters:
        values.extend([wanted] if isinstance(wanted, str) else wanted)
    if after is not None:
        where.append("(created_at, id) < (?, ?)")
        values.extend(position(after))
    order = "ORDER BY created_at DESC, id DESC LIMIT ?"
    sql = f"SELECT {column}, created_at, id FROM {table} WHERE {' AND '.join(where)} {order}"
    return sql, (*values, limit + 1)
