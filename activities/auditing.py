"""Writing down what is done: before it is done, and how it ended."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from shared.audit import DESK, AuditEntry, Outcome
from shared.correlation import trail
from shared.ports import Desk

REASON_CHARS = 500


@dataclass
class Act:
    """One privileged act; whoever does it fills in what came of it. `by` is None where no person decided."""

    key: str
    act: str
    target: str
    by: str | None
    within: str | None = None
    note: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    ended: Literal["done", "unchanged"] = "done"


async def write_down(act: Act, outcome: Outcome, desk: Desk, why: str | None = None) -> None:
    """Raises Unavailable."""
    entry = AuditEntry(
        key=f"{act.key}:{outcome}",
        tenant=desk.tenant,
        actor=_kept(act.by or DESK),
        actor_type="person" if act.by else "desk",
        act=_kept(act.act, 100),
        target=_kept(act.target),
        within=act.within,
        at=datetime.now(UTC),
        outcome=outcome,
        before=act.before,
        after=act.after,
        note=why or act.note,
        correlation_id=trail().correlation_id,
    )
    await desk.audit.record(entry)


def _kept(name: str, most_chars: int = 400) -> str:
    """As much of a name as the trail keeps; half a surrogate pair is no text to any store."""
    return name[:most_chars].encode(errors="replace").decode()


@asynccontextmanager
async def audited(act: Act, desk: Desk) -> AsyncGenerator[Act]:
    """What cannot be written down is not begun; what was begun and has no second line died on its way."""
    await write_down(act, "begun", desk)
    try:
        yield act
    except Exception as error:
        await write_down(act, "failed", desk, str(error)[:REASON_CHARS])
        raise
    await write_down(act, act.ended, desk)
