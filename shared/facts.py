"""What the desk knows of a requester, beyond a conversation."""

import hashlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import Field, StringConstraints

from shared.model import Model

FactKind = Literal["fact", "preference", "device", "problem"]
Consent = Literal["opt_in", "opt_out", "off"]


class MemoryPolicy(Model):
    """How much is kept of a person and shown to agents, and whether they must agree first.

    Tokens are estimated at four characters each.
    """

    consent: Consent = "opt_in"
    most_facts: int = 50
    fact_days: int = 365
    shown_facts: int = 8
    shown_fact_tokens: int = 400
    history_messages: int = 20
    history_tokens: int = 2_000
    summarises: bool = True

    def allows(self, given: bool | None) -> bool:
        """Whether a person who said so, or has said nothing (None), may be remembered."""
        return self.consent != "off" and (given if given is not None else self.consent == "opt_out")


class LearnedFact(Model):
    """`topic` says what it is about: another fact of the same kind and topic takes its place."""

    kind: FactKind
    topic: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class Learned(Model):
    """The extraction agent's answer: what is worth remembering of what a requester said."""

    facts: Annotated[tuple[LearnedFact, ...], Field(max_length=10)]


class Fact(LearnedFact):
    """Something known of a person; `source` is the thread it was said in, or `person` where it was entered."""

    id: str
    said_at: datetime
    source: str


def fact_of(learned: LearnedFact, said_at: datetime, source: str) -> Fact:
    """The id follows from kind and topic, so that a contradiction meets what it contradicts."""
    topic = unicodedata.normalize("NFKC", learned.topic).casefold()
    identity = hashlib.sha256(f"{learned.kind}:{topic}".encode(errors="surrogatepass")).hexdigest()[:16]
    return Fact(**learned.model_dump(), id=identity, said_at=said_at, source=source)


class UserMemory(Protocol):
    """Facts per (tenant, requester), bounded in number and time. Raises Unavailable when it is down."""

    async def known(self, tenant: str, requester_id: str) -> tuple[Fact, ...]:
        """Everything, the newest first."""
        ...

    async def fitting(self, tenant: str, requester_id: str, question: str) -> tuple[Fact, ...]:
        """What an agent is shown for a question, best first, within the policy's bounds."""
        ...

    async def keep(self, tenant: str, requester_id: str, facts: Sequence[Fact]) -> int:
        """Add facts; of two with one id the newer wins and the older is dropped. Tells how many were written."""
        ...

    async def remove(self, tenant: str, requester_id: str, fact_id: str) -> bool: ...

    async def consent(self, tenant: str, requester_id: str) -> bool | None:
        """What the person said; None when nothing."""
        ...

    async def set_consent(self, tenant: str, requester_id: str, given: bool) -> None:
        """A person who does not want to be remembered is forgotten."""
        ...

    async def forget(self, tenant: str, requester_id: str) -> int:
        """Forget facts and consent; tells how many facts there were."""
        ...
