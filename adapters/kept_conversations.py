"""What a model's service keeps of a conversation is deleted there: one response after another, each knows the one
before it."""

from typing import Any

from shared.errors import Permanent, Unavailable

NAME = "model conversation"
MOST_RESPONSES = 1_000
WORTH_RETRYING = frozenset({408, 409, 429})


async def delete_kept(wire: Any, last: str) -> int:
    """Delete the response and all that it goes on from; how many. Safe to repeat.

    The first is deleted first: should that be cut short, the others are found again from the last.
    Raises Unavailable; Permanent where the service refuses.
    """
    from openai import APIStatusError, NotFoundError, OpenAIError

    try:
        chain = await _chain(wire, last)
        for identity in reversed(chain):
            try:
                await wire.responses.delete(identity)
            except NotFoundError:
                continue
    except OpenAIError as error:
        status = error.status_code if isinstance(error, APIStatusError) else None
        if status is not None and status < 500 and status not in WORTH_RETRYING:
            raise Permanent(f"the model's service would not delete a conversation: {status}") from error
        raise Unavailable(NAME, str(error)[:300]) from error
    return len(chain)


async def _chain(wire: Any, last: str) -> list[str]:
    """The last first; what is before one that is gone cannot be found."""
    from openai import NotFoundError

    found: list[str] = []
    identity: str | None = last
    while identity is not None and len(found) < MOST_RESPONSES:
        try:
            kept = await wire.responses.retrieve(identity)
        except NotFoundError:
            break
        found.append(identity)
        identity = kept.previous_response_id
    return found
