"""Where a listing goes on, as a text that is opaque to callers and that only a listing writes."""

import base64
import json

from shared.errors import InvalidCursor


def opaque(*place: str) -> str:
    """A cursor that holds the place of a page's last line in the order of its listing."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_in(cursor: str, parts: int) -> tuple[str, ...]:
    """The place that a cursor holds. Raises InvalidCursor for one that `opaque` did not make of so many parts."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        "".join(place).encode()  # raises where a part is no text, or none that a store could be asked for
        if len(place) != parts or opaque(*place) != cursor:
            raise ValueError("not written by a listing")
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidCursor("the cursor is not one that a listing gave") from error
    return tuple(place)
