"""Tells a model's failures apart by what the desk can do about them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from shared.errors import Permanent, Throttled, Transient

LOST = "previous_response_not_found"
WORTH_RETRYING = frozenset({408, 409, 425, 429})


def as_desk_error(agent: str, error: BaseException) -> Permanent | Transient:
    """Permanent where the model refused; Transient where it was busy, late, cut off or talked nonsense."""
    from agent_framework.exceptions import ChatClientContentFilterException
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    for cause in _causes(error):
        if isinstance(cause, ChatClientContentFilterException):
            return Permanent(f"{agent}: the model's content filter refused the ticket")
        if isinstance(cause, APIStatusError):
            said = f"{agent}: the model answered {cause.status_code}"
            if cause.status_code in WORTH_RETRYING or cause.status_code >= 500:
                kind = Throttled if cause.status_code == 429 else Transient
                return kind(said, retry_after_s(cause.response.headers, datetime.now(UTC)))
            return Permanent(said)
        if isinstance(cause, APITimeoutError | TimeoutError):
            return Transient(f"{agent}: the model did not answer in time")
        if isinstance(cause, APIConnectionError):
            return Transient(f"{agent}: the model cannot be reached")
    return Transient(f"{agent}: the model's answer could not be read ({type(error).__name__})")


def is_lost_conversation(error: BaseException) -> bool:
    """Whether the service said that it does not have what the question was to go on from."""
    from openai import APIStatusError

    return any(
        isinstance(cause, APIStatusError) and (cause.status_code == 404 or cause.code == LOST)
        for cause in _causes(error)
    )


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds the other side asks to wait: Retry-After is a number or a date; None where it says neither."""
    said = headers.get("retry-after", "").strip()
    if said.replace(".", "", 1).isdecimal():
        return float(said)
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
