"""The guard on a real Redis, by several processes, and without Redis."""

import asyncio
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.guard import SharedGuard
from adapters.shared_redis import SharedRedis
from adapters.shared_state import SharedState
from shared.breaker import BreakerPolicy, Outcome
from shared.errors import CircuitOpen, HeldBack
from shared.guard import ModelCall
from shared.rate_limit import Limits, Spending
from shared.thinking import Lane
from tests.services import redis_server

QUICK = BreakerPolicy(failures=5, reset_s=0.4, probe_s=5)
SLOW = BreakerPolicy(failures=5, reset_s=60, probe_s=70)
FIVE: tuple[Outcome, ...] = ("failed",) * 5
ROOT = Path(__file__).parents[2]


@pytest.fixture
def model() -> str:
    """A model of its own for each test, since they share the server."""
    return uuid4().hex


def guard(redis: SharedRedis, policy: BreakerPolicy = SLOW, limits: Limits | None = None) -> SharedGuard:
    return SharedGuard(SharedState(redis), policy, limits or Limits(), {"watch": Limits(requests=2)})


def call(
    model: str, agent: str = "resolver", lane: Lane = "interactive", group: str = "", tokens: int = 0
) -> ModelCall:
    return ModelCall(agent, model, Spending(at=0, lane=lane, group=group, tokens=tokens))


async def end(guard: SharedGuard, call: ModelCall, *outcomes: Outcome) -> None:
    for outcome in outcomes:
        await guard.settle(await guard.admit(call), outcome)


async def test_what_one_instance_sees_fail_five_times_no_instance_calls(redis: SharedRedis, model: str):
    one, other = guard(redis), guard(redis)
    await end(one, call(model), "failed", "failed", "failed")
    await end(other, call(model), "failed", "failed")
    for instance in (one, other):
        with pytest.raises(CircuitOpen) as refused:
            await instance.admit(call(model))
        assert refused.value.retry_after_s is not None
        assert 55 < refused.value.retry_after_s <= 60


async def test_other_agents_and_other_models_are_untouched(redis: SharedRedis, model: str):
    instance = guard(redis)
    await end(instance, call(model), *FIVE)
    await instance.admit(call(model, agent="reviewer"))
    await instance.admit(call(f"{model}-mini"))


async def test_after_the_reset_time_one_of_many_instances_probes_and_closes_it(redis: SharedRedis, model: str):
    instances = [guard(redis, QUICK) for _ in range(8)]
    await end(instances[0], call(model), *FIVE)
    await asyncio.sleep(QUICK.reset_s)
    asked = await asyncio.gather(*(instance.admit(call(model)) for instance in instances), return_exceptions=True)
    probes = [
        (instance, leave)
        for instance, leave in zip(instances, asked, strict=True)
        if not isinstance(leave, BaseException)
    ]
    assert len(probes) == 1
    assert sum(isinstance(refusal, CircuitOpen) for refusal in asked) == 7
    prober, leave = probes[0]
    await prober.settle(leave, "ok")
    for instance in instances:
        await end(instance, call(model), "ok")
    assert not [shown for shown in await instances[0].breakers() if shown.model == model]


async def test_health_can_name_the_circuits_that_are_not_closed(redis: SharedRedis, model: str):
    instance = guard(redis)
    await end(instance, call(model), "failed")
    await end(instance, call(model, agent="reviewer"), *FIVE)
    await end(instance, call(model, agent="voter"), "ok")
    shown = {breaker.agent: breaker for breaker in await guard(redis).breakers() if breaker.model == model}
    assert {agent: breaker.state for agent, breaker in shown.items()} == {"resolver": "closed", "reviewer": "open"}
    assert (shown["resolver"].failures, shown["resolver"].retry_after_s) == (1, None)
    assert 55 < (shown["reviewer"].retry_after_s or 0) <= 60


async def test_a_limit_holds_for_all_instances_together(redis: SharedRedis, model: str):
    instances = [guard(redis, limits=Limits(requests=20)) for _ in range(4)]
    calls = [instance.admit(call(model)) for instance in instances for _ in range(16)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(outcome, HeldBack) for outcome in outcomes) == 44
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 20
    waits = [outcome.retry_after_s for outcome in outcomes if isinstance(outcome, HeldBack)]
    assert all(wait is not None and 0 < wait < 200 for wait in waits)


async def test_tokens_that_were_not_used_are_free_again(redis: SharedRedis, model: str):
    instance = guard(redis, limits=Limits(tokens=1000))
    leave = await instance.admit(call(model, tokens=900))
    with pytest.raises(HeldBack):
        await instance.admit(call(model, tokens=900))
    await instance.settle(leave, "ok", tokens=50)
    await instance.admit(call(model, tokens=900))


async def test_a_group_has_its_own_limit(redis: SharedRedis, model: str):
    instance = guard(redis)
    await instance.admit(call(model, group="watch"))
    await instance.admit(call(model, group="watch"))
    with pytest.raises(HeldBack):
        await instance.admit(call(model, group="watch"))
    await instance.admit(call(model))


async def test_a_probe_that_the_rate_limit_holds_back_leaves_its_place(redis: SharedRedis, model: str):
    limited = guard(redis, QUICK, Limits(requests=5))
    await end(limited, call(model), *FIVE)
    await asyncio.sleep(QUICK.reset_s)
    with pytest.raises(HeldBack):
        await limited.admit(call(model))
    await guard(redis, QUICK).admit(call(model))


FAILING = """
import asyncio, sys
from adapters.guard import SharedGuard
from adapters.shared_redis import SharedRedis
from adapters.shared_state import SharedState
from shared.breaker import BreakerPolicy
from shared.errors import CircuitOpen
from shared.guard import ModelCall
from shared.rate_limit import Limits, Spending

async def main(url, model):
    guard = SharedGuard(SharedState(SharedRedis(url)), BreakerPolicy(failures=50), Limits(requests=60), {})
    call = ModelCall("resolver", model, Spending(at=0, lane="interactive"))
    passed = 0
    for _ in range(100):
        try:
            leave = await guard.admit(call)
        except Exception as refusal:
            print(passed, type(refusal).__name__)
            return
        passed += 1
        await guard.settle(leave, "failed")

asyncio.run(main(*sys.argv[1:]))
"""


async def test_processes_that_race_count_every_failure_once(redis_url: str, redis: SharedRedis, model: str):
    """Two processes fail as fast as they can: together they stop at 50, and no failure is lost."""
    command = [sys.executable, "-c", FAILING, redis_url, model]
    racing = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]  # noqa: ASYNC220
    told = [(await asyncio.to_thread(process.communicate, None, 60))[0].split() for process in racing]
    assert [why for _, why in told] == ["CircuitOpen", "CircuitOpen"]
    passed = sum(int(count) for count, _ in told)
    assert 50 <= passed <= 51, "the call that had begun when the other process opened it may be the 51st"
    (shown,) = [breaker for breaker in await guard(redis).breakers() if breaker.model == model]
    assert (shown.state, shown.failures) == ("open", 50)


async def test_without_redis_each_process_keeps_its_own_circuits_and_limits(model: str):
    gone = SharedRedis("redis://127.0.0.1:1/0")
    one, other = guard(gone), guard(gone)
    await end(one, call(model), *FIVE)
    with pytest.raises(CircuitOpen):
        await one.admit(call(model))
    assert [breaker.state for breaker in await one.breakers()] == ["open"]
    await other.admit(call(model))
    limited = guard(gone, limits=Limits(requests=1))
    await limited.admit(call(model))
    with pytest.raises(HeldBack):
        await limited.admit(call(model))


async def test_an_outage_of_redis_is_no_outage_of_the_guard_and_ends_by_itself(
    tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adapters.shared_redis.LEFT_ALONE_S", 0.1)
    with ExitStack() as first:
        url = first.enter_context(redis_server(tmp_path))
        redis = SharedRedis(url)
        instance = guard(redis)
        await end(instance, call(model), "failed", "failed")
    await end(instance, call(model), *FIVE)
    with pytest.raises(CircuitOpen):
        await instance.admit(call(model))
    with redis_server(tmp_path, port=int(url.rpartition(":")[2].partition("/")[0])):
        await asyncio.sleep(0.2)
        await end(instance, call(model), "failed")
        assert [breaker.failures for breaker in await instance.breakers()] == [1]
    await redis.close()
