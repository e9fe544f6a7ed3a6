"""The contract of counting what thinking costs, over a real Redis and within one process."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

import adapters.shared_redis
from adapters.ledger import SharedLedger
from adapters.shared_redis import SharedRedis
from shared.budget import Cap, Caps, Payer
from shared.errors import OverBudget
from shared.thinking import Usage
from tests.services import redis_server

CALL = Usage(model_calls=1, input_tokens=100, cached_input_tokens=40, output_tokens=20, cost_usd=0.0000003)
ANA = Payer(work="t-1", requester_id="u-1")


def today() -> date:
    return datetime.now(UTC).date()


class Ledgers:
    """Any number of ledgers of one new tenant, as the processes of an app have them."""

    def __init__(self, redis: SharedRedis):
        self.redis, self.tenant = redis, uuid4().hex

    def ledger(self, caps: Caps | None = None, tenant: str | None = None) -> SharedLedger:
        return SharedLedger(self.redis, tenant or self.tenant, caps or Caps())


@pytest.fixture(params=["redis", "process"])
async def ledgers(request: pytest.FixtureRequest) -> AsyncIterator[Ledgers]:
    redis = SharedRedis(request.getfixturevalue("redis_url") if request.param == "redis" else None)
    yield Ledgers(redis)
    await redis.close()


async def spend(ledger: SharedLedger, payer: Payer = ANA, usage: Usage = CALL, agent: str = "resolver") -> None:
    await ledger.spend(payer, agent, usage, uuid4().hex)


async def test_calls_add_up_to_the_day_the_requester_and_each_agent(ledgers: Ledgers):
    ledger = ledgers.ledger()
    await spend(ledger)
    await spend(ledger, agent="memory-keeper")
    await spend(ledger, Payer(work="t-2", requester_id="u-2"))
    whole, ana = await ledger.day(today()), await ledger.day(today(), "u-1")
    assert whole.usage == CALL + CALL + CALL
    assert ana.usage == CALL + CALL
    assert ana.by_agent == {"memory-keeper": CALL, "resolver": CALL}
    assert (await ledger.day(date(2020, 1, 1))).usage == Usage()


async def test_the_same_call_counts_once(ledgers: Ledgers):
    ledger = ledgers.ledger()
    for _ in range(3):
        await ledger.spend(ANA, "resolver", CALL, f"call-of-{ledgers.tenant}")
    assert (await ledger.day(today())).usage == CALL


@pytest.mark.parametrize(
    ("caps", "why"),
    [
        (Caps(work=Cap(tokens=240)), "240 of 240 tokens of this work"),
        (Caps(requester=Cap(tokens=240)), "240 of 240 tokens a day used up"),
        (Caps(day=Cap(usd=0.0000005)), "USD a day for everybody"),
    ],
)
async def test_at_a_cap_it_is_over_and_says_which(ledgers: Ledgers, caps: Caps, why: str):
    ledger = ledgers.ledger(caps)
    await spend(ledger)
    await ledger.check(ANA)
    await spend(ledger)
    with pytest.raises(OverBudget, match="budget: ") as over:
        await ledger.check(ANA)
    assert why in str(over.value)


async def test_one_requesters_cap_is_not_anothers(ledgers: Ledgers):
    ledger = ledgers.ledger(Caps(work=Cap(tokens=1), requester=Cap(tokens=1)))
    await spend(ledger)
    await ledger.check(Payer(work="t-2", requester_id="u-2"))
    await ledger.check(Payer())


async def test_another_tenants_costs_are_not_seen(ledgers: Ledgers):
    await spend(ledgers.ledger())
    assert (await ledgers.ledger(tenant=f"{ledgers.tenant}-other").day(today(), "u-1")).usage == Usage()


@pytest.mark.parametrize("name", ["u-1|x", "*", "u:1", "ü" * 100_000, "", "}{"])
async def test_odd_ids_reach_nobody_elses_account(ledgers: Ledgers, name: str):
    ledger = ledgers.ledger()
    await spend(ledger, Payer(work=name, requester_id=name))
    await ledger.check(ANA)
    assert (await ledger.day(today(), "u-1")).usage == Usage()
    assert (await ledger.day(today(), name)).usage == CALL


async def test_all_processes_count_together(redis_url: str):
    ledgers = Ledgers(SharedRedis(redis_url))
    ours, others = ledgers.ledger(), ledgers.ledger()
    await asyncio.gather(*(spend(ledger) for ledger in (ours, others) for _ in range(20)))
    assert (await ours.day(today())).usage.model_calls == 40
    await ledgers.redis.close()


async def test_of_many_calls_that_end_at_once_each_is_sent_once(redis_url: str):
    ledgers = Ledgers(SharedRedis(redis_url))
    ledger = ledgers.ledger()
    before = await scripts_run(ledgers.redis)
    await asyncio.gather(*(spend(ledger) for _ in range(50)))
    assert await scripts_run(ledgers.redis) - before == 50
    assert (await ledger.day(today())).usage.model_calls == 50
    await ledgers.redis.close()


async def scripts_run(redis: SharedRedis) -> int:
    stats: dict[str, dict[str, int]] = await redis.ask(lambda client: client.info("commandstats"))
    return stats.get("cmdstat_eval", {}).get("calls", 0)


async def test_what_was_counted_while_redis_was_gone_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(adapters.shared_redis, "LEFT_ALONE_S", 0.0)
    with redis_server(tmp_path) as url:
        port = int(url.split(":")[2].split("/")[0])
        ledgers = Ledgers(SharedRedis(url))
        ledger = ledgers.ledger(Caps(work=Cap(tokens=200)))
        await spend(ledger)
    await spend(ledger)
    assert (await ledger.day(today())).usage == CALL, "what this process counted since"
    await spend(ledger)
    with pytest.raises(OverBudget):
        await ledger.check(ANA)
    with redis_server(tmp_path, port):
        assert (await ledger.day(today())).usage == CALL + CALL
        assert (await ledgers.ledger().day(today())).usage == CALL + CALL, "another process sees it too"
    await ledgers.redis.close()
