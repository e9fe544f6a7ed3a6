"""What thinking has cost, counted in Redis for all processes, and in this one while Redis is gone."""

import asyncio
import hashlib
import json
import logging
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from adapters.shared_redis import SharedRedis
from shared.budget import OVER_BUDGET_SIGN, Cap, Caps, DayUsage, Payer
from shared.errors import OverBudget, Unavailable
from shared.thinking import Usage

KEPT = timedelta(days=35)
CALL_REMEMBERED_S = 3600
MOST_UNSENT = 10_000
MOST_SENT_TOGETHER = 200
NANO = 1_000_000_000
"""Costs are counted in billionths of a dollar: whole numbers add up exactly."""

_ADD = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) then return 0 end
for k = 2, #KEYS do
  for i = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[k], ARGV[i], ARGV[i + 1]) end
  redis.call('EXPIRE', KEYS[k], ARGV[2])
end
return 1
"""
"""A call's id is remembered with its counts, so that a repeat after a lost answer counts nothing."""

log = logging.getLogger("helpdesk.budget")


@dataclass(frozen=True)
class _Entry:
    call_id: str
    keys: tuple[str, ...]
    counts: Mapping[str, int]


class SharedLedger:
    """Implements the Ledger port for one tenant."""

    def __init__(self, redis: SharedRedis, tenant: str, caps: Caps):
        self._redis = redis
        self._prefix = f"helpdesk|usage|{{{_digest(tenant)}}}"  # the braces keep a tenant's keys in one cluster slot
        self._caps = caps
        self._unsent: deque[_Entry] = deque(maxlen=MOST_UNSENT)
        self._sending = asyncio.Lock()

    async def check(self, payer: Payer) -> None:
        today = _today()
        accounts = (
            (self._caps.work if payer.work else Cap(), self._work(payer.work), "of this work"),
            (self._caps.requester if payer.requester_id else Cap(), self._day(today, payer.requester_id), "a day"),
            (self._caps.day, self._day(today), "a day for everybody"),
        )
        capped = [account for account in accounts if account[0]]
        if not capped:
            return
        for (cap, _, what), spent in zip(capped, await self._totals([key for _, key, _ in capped]), strict=True):
            if (used := cap.reached(_usage(spent, ""))) is not None:
                raise OverBudget(f"{OVER_BUDGET_SIGN} {used} {what} used up")

    async def spend(self, payer: Payer, agent: str, usage: Usage, call_id: str) -> None:
        today = _today()
        keys = [self._day(today)]
        if payer.requester_id:
            keys.append(self._day(today, payer.requester_id))
        if payer.work:
            keys.append(self._work(payer.work))
        entry = _Entry(f"{self._prefix}|call|{call_id}", tuple(keys), _counts(usage, agent))
        if entry not in self._unsent:
            self._unsent.append(entry)
        await self._send()

    async def day(self, day: date, requester_id: str | None = None) -> DayUsage:
        (found,) = await self._totals([self._day(day, requester_id or "")])
        agents = sorted({field.split(":")[1] for field in found if field.startswith("agent:")})
        return DayUsage(
            day=day,
            requester_id=requester_id,
            usage=_usage(found, ""),
            by_agent={agent: _usage(found, f"agent:{agent}:") for agent in agents},
            cap=self._caps.requester if requester_id else self._caps.day,
        )

    async def _send(self) -> None:
        """Bring what is not in Redis yet there, oldest first; while Redis is gone it stays with this process.

        One at a time, who then sends for all that wait: else each would send what all the others are sending.
        """
        async with self._sending:
            while entries := tuple(islice(self._unsent, MOST_SENT_TOGETHER)):
                try:
                    await self._redis.ask(lambda client: _add(client, entries))
                except Unavailable as error:
                    log.debug("counted in this process: %s", error)
                    return
                for entry in entries:
                    if self._unsent and self._unsent[0] is entry:  # the oldest may have had to make room meanwhile
                        self._unsent.popleft()

    async def _totals(self, keys: Sequence[str]) -> list[Mapping[str, int]]:
        """The counts under each key, with what this process has not sent yet."""

        async def read(client: Any) -> list[dict[str, str]]:
            async with client.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.hgetall(key)
                return await pipe.execute()

        await self._send()
        try:
            found = await self._redis.ask(read)
        except Unavailable:
            found = [dict[str, str]() for _ in keys]
        totals: list[Mapping[str, int]] = []
        for key, counted in zip(keys, found, strict=True):
            total = Counter({field: int(count) for field, count in counted.items()})
            for entry in self._unsent:
                if key in entry.keys:
                    total.update(entry.counts)
            totals.append(total)
        return totals

    def _day(self, day: date, requester_id: str = "") -> str:
        return f"{self._prefix}|day|{day.isoformat()}" + (f"|{_digest(requester_id)}" if requester_id else "")

    def _work(self, work: str) -> str:
        return f"{self._prefix}|work|{_digest(work)}"


async def _add(client: Any, entries: Iterable[_Entry]) -> None:
    async with client.pipeline(transaction=False) as pipe:
        for entry in entries:
            fields = [part for field, count in entry.counts.items() for part in (field, count)]
            keys = [entry.call_id, *entry.keys]
            pipe.eval(_ADD, len(keys), *keys, CALL_REMEMBERED_S, int(KEPT.total_seconds()), *fields)
        await pipe.execute()


def _today() -> date:
    return datetime.now(UTC).date()


def _digest(name: str) -> str:
    """No id, however it is written, can reach another's account."""
    return hashlib.sha256(json.dumps(name).encode()).hexdigest()[:32]


def _counts(usage: Usage, agent: str) -> dict[str, int]:
    """The counts of a call, once for all agents together and once for its own."""
    counts = usage.model_dump(exclude={"cost_usd"}) | {"cost_nano_usd": round(usage.cost_usd * NANO)}
    whole = {field: int(count) for field, count in counts.items() if count}
    return whole | {f"agent:{agent}:{field}": count for field, count in whole.items()}


def _usage(counts: Mapping[str, int], prefix: str) -> Usage:
    """Reads back what `_counts` wrote."""
    fields = {field: counts.get(f"{prefix}{field}", 0) for field in Usage.model_fields if field != "cost_usd"}
    return Usage(**fields, cost_usd=round(counts.get(f"{prefix}cost_nano_usd", 0) / NANO, 8))
