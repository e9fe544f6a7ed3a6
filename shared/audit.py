"""The audit trail: who changed what, when, from what to what, and how it ended. It is only ever added to."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, Field, JsonValue

from shared.masking import mask
from shared.model import Model

Outcome = Literal["begun", "done", "unchanged", "accepted", "refused", "failed"]
"""`accepted` was taken in and is weighed by somebody else; `begun` stands alone when its doer died."""

DESK = "desk"
"""Who acts where code did, without a person."""
BEGINNING = "0" * 64


def _masked_text(text: str) -> str:
    return mask(text)[0]


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _masked_text(value)
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_masked(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


Facts = Annotated[dict[str, JsonValue], AfterValidator(_masked)]


class AuditEntry(Model):
    """One privileged act. Whatever is put in, personal data and secrets in its texts are masked.

    `actor` and the ids in `target` and `within` stay as they are: naming them is what a trail is for. `target`
    and `within` read `<what>:<id>`, as in `user:u-1` within `ticket:4f2a`.
    """

    key: Annotated[str, Field(min_length=1, max_length=500, description="the same act twice is one entry")]
    tenant: str
    actor: Annotated[str, Field(min_length=1, max_length=500)]
    actor_type: Literal["person", "desk"]
    act: Annotated[str, Field(min_length=1, max_length=100, description="a verb, as in ticket.approve")]
    target: Annotated[str, Field(min_length=1, max_length=400)]
    within: Annotated[str, Field(max_length=400)] | None = None
    at: datetime
    outcome: Outcome
    before: Facts | None = None
    after: Facts | None = None
    note: Annotated[str, AfterValidator(_masked_text)] | None = None
    correlation_id: str | None = None


class AuditLine(AuditEntry):
    """An entry in its place. `digest` covers the entry, its number and the digest of the line before."""

    number: Annotated[int, Field(ge=1)]
    digest: str


class AuditQuery(Model):
    """Filters of a listing. `target` also finds what happened within it; `until` is the first moment outside."""

    tenant: str
    actor: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50
    cursor: str | None = None


class AuditPage(Model):
    items: tuple[AuditLine, ...]
    next_cursor: str | None = None


class Verification(Model):
    """Whether the trail is as it was written. `head` is the digest of its last line.

    Lines cut off at the end leave an intact trail: compare `lines` and `head` with what was noted before.
    """

    intact: bool
    lines: int
    head: str
    fault: str | None = None


class Audit(Protocol):
    """The trail. Raises Unavailable when it is down: what cannot be written down must not be done."""

    async def record(self, entry: AuditEntry) -> bool:
        """Add an entry; False when its key is there already."""
        ...

    async def find(self, query: AuditQuery) -> AuditPage:
        """Newest first. Raises InvalidCursor."""
        ...

    async def verify(self) -> Verification:
        """Read the whole trail and check every digest."""
        ...


def digest_of(entry: AuditEntry, number: int, previous: str) -> str:
    """SHA-256 over the line before and the canonical JSON of this one."""
    fields = entry.model_dump(mode="json", include=set(AuditEntry.model_fields))
    canonical = json.dumps(fields | {"number": number}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{canonical}".encode(errors="surrogatepass")).hexdigest()


def verify(lines: Iterable[AuditLine]) -> Verification:
    """Follow the chain from its beginning; the first line that does not fit is the fault."""
    count, head = 0, BEGINNING
    for line in lines:
        if line.number != count + 1:
            return Verification(intact=False, lines=count, head=head, fault=f"line {count + 1} is missing")
        if line.digest != digest_of(line, line.number, head):
            return Verification(intact=False, lines=count, head=head, fault=f"line {line.number} was altered")
        count, head = line.number, line.digest
    return Verification(intact=True, lines=count, head=head)
