"""Where a listing, newest first, goes on: the time and the id of its last line as an opaque cursor."""

import base64
import json
from datetime import UTC, datetime

from shared.errors import InvalidCursor


def moment(at: datetime) -> str:
    """Text whose order is the order in time; a time without a zone is taken as UTC."""
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")


def cursor(at: str, identity: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([at, identity]).encode()).decode().rstrip("=")


def position(given: str) -> tuple[str, str]:
    """The time and the id within a cursor. Raises InvalidCursor for one that `cursor` did not make."""
    try:
        padded = given + "=" * (-len(given) % 4)
        at, identity = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if moment(datetime.fromisoformat(at)) != at or cursor(at, identity) != given:
            raise ValueError("not written by a listing")
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidCursor("the cursor is not one that a listing gave") from error
    return at, identity
