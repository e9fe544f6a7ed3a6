"""Let go of raw text whose time is over: what durable state and Blob storage hold of work that has ended."""

from datetime import datetime, timedelta
from typing import Protocol

from shared.artifacts import Artifacts
from shared.conversations import CONVERSATIONS
from shared.dead_letters import BODIES, DeadLetters
from shared.deadline import LATE
from shared.erasure import EXPORTS
from shared.watch_cycles import FOLDER as CYCLES
from shared.watch_cycles import began_before

RAW_BLOBS = ("batches/", "tasks/", EXPORTS, LATE, CONVERSATIONS, BODIES)
"""Paths of what was said and of what came of it: a conversation's record is written anew with each turn. Articles,
drafts and published artifacts are not raw text and stay."""


class EndedInstances(Protocol):
    async def purge_ended(self, before: datetime) -> int: ...


async def purge(
    instances: EndedInstances,
    artifacts: Artifacts,
    dead_letters: DeadLetters,
    now: datetime,
    retention: timedelta,
    reopen_window: timedelta,
) -> tuple[int, int]:
    """Give the numbers of instances and blobs that went. Nothing goes that a message could still reopen.

    A dead letter goes with its body, since without it there is nothing to replay.
    """
    before = now - max(retention, reopen_window)
    blobs = await dead_letters.let_go(before)
    for prefix in RAW_BLOBS:
        blobs += await artifacts.remove_older(prefix, before)
    old_cycles = [path for path in await artifacts.list(CYCLES) if began_before(path, before)]
    blobs += sum([await artifacts.delete(path) for path in old_cycles])
    return await instances.purge_ended(before), blobs
