"""An agent's session, kept from one turn of a conversation to the next: opaque, and only for whom it was written by."""

import json
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from pydantic import ValidationError

from shared.errors import SessionRefused
from shared.model import Model

VERSION = 1
LIFETIME = timedelta(days=7)
"""As long as memory keeps a thread that is not used."""

Keeper = Literal["app", "service"]
"""Who keeps what was said: the desk, or the model's service, of which the desk then keeps only an id."""


class Configuration(Model):
    """What must be as it was for a session to be resumed; prompt and answer type by their digests."""

    agent: str
    prompt: str
    answer: str
    tools: tuple[str, ...]
    model: str
    kept_by: Keeper


class KeptSession(Model):
    """`content` is as Agent Framework wrote it, and nobody else looks into it."""

    version: int = VERSION
    written_by: Configuration
    written_at: datetime
    content: dict[str, Any]


def opened(data: bytes, reader: Configuration) -> KeptSession:
    """The session, for the configuration that wrote it. Raises SessionRefused, which says what differs."""
    try:
        version = cast(dict[str, Any], json.loads(data)).get("version")
        if version != VERSION:
            raise SessionRefused(f"the session is of version {version}, and this desk reads version {VERSION}")
        kept = KeptSession.model_validate_json(data)
    except (ValueError, AttributeError, ValidationError) as error:
        raise SessionRefused("what is kept is no session") from error
    writer = kept.written_by
    if writer.agent != reader.agent:
        raise SessionRefused(f"the session was written by the agent {writer.agent}, not by {reader.agent}")
    differing = [field for field in Configuration.model_fields if getattr(writer, field) != getattr(reader, field)]
    if differing:
        raise SessionRefused(f"the session was written under another configuration ({', '.join(differing)})")
    return kept
