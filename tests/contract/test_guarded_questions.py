"""Agents asked through guard and cache, against a model server that counts what reaches it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.answer_cache import RedisAnswerCache
from adapters.guard import SharedGuard
from adapters.models import chat_clients
from adapters.shared_redis import SharedRedis
from adapters.shared_state import SharedState
from agents.asking import ask
from agents.resolver import RESOLVER
from agents.triage_analyst import TRIAGE_ANALYST
from agents.voters import VOTERS
from shared.breaker import BreakerPolicy
from shared.correlation import following
from shared.errors import CircuitOpen, HeldBack, Permanent, Throttled, Transient
from shared.exchanged import Thought
from shared.rate_limit import Limits
from shared.thinking import Usage, Vote
from tests.contract.model_cases import PLAN, QUESTION, TRIAGE, SmallDirectory, wire_settings
from tests.contract.openai_wire import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    OpenAIWire,
    Reply,
    calls_tool,
    fails,
    openai_wire,
    says,
)

GOOD = says(TRIAGE.model_dump_json())
VOTE = says(Vote(category="access_identity", confidence=0.7, why="It is about an account.").model_dump_json())


class GuardedDesk:
    """Asks agents on the wire as one instance of the desk would; the wire's model is new to the Redis."""

    def __init__(self, wire: OpenAIWire, redis: SharedRedis):
        self.wire = wire
        self._redis = redis
        self.model = uuid4().hex

    def clients(self, limits: Limits | None = None, reset_s: float = 60, off: str = "", **settings: str) -> Any:
        guard = SharedGuard(SharedState(self._redis), BreakerPolicy(reset_s=reset_s), limits or Limits(), {})
        answers = RedisAnswerCache(self._redis, self.model, timedelta(minutes=1), frozenset([off]))
        return chat_clients(wire_settings(self.wire.url, OPENAI_MODEL=self.model, **settings), guard, answers)

    async def triage(self, clients: Any, *replies: Reply, **changes: Any) -> Thought:
        self.wire.replies = replies or self.wire.replies
        question = QUESTION.model_copy(update=changes)
        return await ask(TRIAGE_ANALYST, question, clients, SmallDirectory())


@pytest.fixture
async def desk(redis: SharedRedis) -> AsyncIterator[GuardedDesk]:
    async with openai_wire() as wire:
        yield GuardedDesk(wire, redis)


@pytest.mark.parametrize(
    "bad",
    [fails(500), fails(503), Reply(cut=True), Reply("<html>gateway</html>"), Reply({}, delay_s=30)],
    ids=["500", "503", "cut off", "nonsense", "late"],
)
async def test_after_five_failures_the_sixth_question_never_reaches_the_model(desk: GuardedDesk, bad: Reply):
    clients = desk.clients(MODEL_TIMEOUT_S="0.3")
    for _ in range(5):
        with pytest.raises(Transient) as failure:
            await desk.triage(clients, bad)
        assert not isinstance(failure.value, CircuitOpen)
    assert len(desk.wire.requests) == 5
    with pytest.raises(CircuitOpen) as refused:
        await desk.triage(desk.clients(), GOOD)
    assert 50 < (refused.value.retry_after_s or 0) <= 60
    assert len(desk.wire.requests) == 5


@pytest.mark.parametrize("reply", [fails(400), fails(401), fails(400, code="content_filter"), fails(429)])
async def test_refusals_and_too_many_requests_never_open_it(desk: GuardedDesk, reply: Reply):
    clients = desk.clients()
    for _ in range(7):
        with pytest.raises((Permanent, Throttled)):
            await desk.triage(clients, reply)
    assert len(desk.wire.requests) == 7


async def test_after_the_reset_time_one_question_probes_and_the_circuit_closes(desk: GuardedDesk):
    clients = desk.clients(reset_s=0.001)
    for _ in range(6):
        with pytest.raises(Transient):
            await desk.triage(clients, fails(500))
    assert (await desk.triage(clients, GOOD)).answer["category"] == "access_identity"
    assert not [breaker for breaker in await clients.guard.breakers() if breaker.model == desk.model]


async def test_another_agent_is_still_answered_by_the_same_model(desk: GuardedDesk):
    clients = desk.clients()
    for _ in range(5):
        with pytest.raises(Transient):
            await desk.triage(clients, fails(500))
    desk.wire.replies = (VOTE,)
    assert (await ask(VOTERS["classifier"], QUESTION, clients, SmallDirectory())).answer[
        "category"
    ] == "access_identity"


async def test_while_the_circuit_is_open_the_rules_answer_where_that_is_wanted_and_say_so(desk: GuardedDesk):
    clients = desk.clients(MODEL_FALLBACK="rules")
    for _ in range(5):
        with pytest.raises(Transient):
            await desk.triage(clients, fails(500))
    thought = await desk.triage(clients, GOOD)
    assert thought.model == "rules"
    assert thought.usage.cost_usd == 0
    assert len(desk.wire.requests) == 5
    again = await desk.triage(clients)
    assert again.usage.cache_hits == 0, "what stands in for an answer is not kept as one"


async def test_a_question_beyond_the_limit_is_held_back_before_it_reaches_the_model(desk: GuardedDesk):
    clients = desk.clients(Limits(requests=2))
    await desk.triage(clients, GOOD, text="one")
    await desk.triage(clients, GOOD, text="two")
    with pytest.raises(HeldBack) as held:
        await desk.triage(clients, GOOD, text="three")
    assert 0 < (held.value.retry_after_s or 0) <= 61
    assert len(desk.wire.requests) == 2


async def test_every_round_of_a_conversation_counts_as_a_request(desk: GuardedDesk):
    clients = desk.clients(Limits(requests=2))
    desk.wire.replies = (calls_tool("service_status"), says(PLAN.model_dump_json()))
    await ask(RESOLVER, QUESTION, clients, SmallDirectory())
    with pytest.raises(HeldBack):
        await desk.triage(clients, GOOD)


async def test_the_tokens_that_the_model_reports_replace_what_was_reserved(desk: GuardedDesk):
    used = INPUT_TOKENS + OUTPUT_TOKENS
    clients = desk.clients(Limits(tokens=20 * used))
    for number in range(4):
        await desk.triage(clients, GOOD, text=f"question {number}")
    assert len(desk.wire.requests) == 4


async def test_the_same_question_for_another_ticket_is_answered_from_the_cache_and_counted(desk: GuardedDesk):
    first = await desk.triage(desk.clients(), GOOD, ticket_id="t-one")
    again = await desk.triage(desk.clients(), GOOD, ticket_id="t-two")
    assert again.answer == first.answer
    assert (first.usage.model_calls, first.usage.cache_hits) == (1, 0)
    assert again.usage == Usage(cache_hits=1)
    assert len(desk.wire.requests) == 1


@pytest.mark.parametrize("change", [{"text": "Other text."}, {"requester_id": "u-1002"}, {"messages": ("More.",)}])
async def test_any_other_input_is_asked_anew(desk: GuardedDesk, change: dict[str, Any]):
    clients = desk.clients()
    await desk.triage(clients, GOOD)
    await desk.triage(clients, GOOD, **change)
    assert len(desk.wire.requests) == 2


async def test_another_wording_of_the_prompt_is_asked_anew(desk: GuardedDesk, monkeypatch: pytest.MonkeyPatch):
    clients = desk.clients()
    await desk.triage(clients, GOOD)
    monkeypatch.setattr("agents.kept_answers.instructions", "changed {}".format)
    await desk.triage(clients, GOOD)
    assert len(desk.wire.requests) == 2


async def test_an_agent_whose_cache_is_off_is_always_asked(desk: GuardedDesk):
    clients = desk.clients(off=TRIAGE_ANALYST.name)
    await desk.triage(clients, GOOD)
    await desk.triage(clients, GOOD)
    assert len(desk.wire.requests) == 2


async def test_an_answer_that_rests_on_a_tool_is_not_kept(desk: GuardedDesk):
    clients = desk.clients()
    desk.wire.replies = (calls_tool("service_status"), says(PLAN.model_dump_json()))
    await ask(RESOLVER, QUESTION, clients, SmallDirectory())
    await ask(RESOLVER, QUESTION, clients, SmallDirectory())
    assert len(desk.wire.requests) == 3


async def test_an_answer_that_names_its_ticket_is_not_kept(desk: GuardedDesk):
    clients = desk.clients()
    naming = says(TRIAGE.model_copy(update={"reasons": ("Ticket t-secret is about an account.",)}).model_dump_json())
    await desk.triage(clients, naming, ticket_id="t-secret")
    await desk.triage(clients, GOOD, ticket_id="t-other")
    assert len(desk.wire.requests) == 2


async def test_batch_work_is_held_back_while_people_at_the_door_are_still_answered(desk: GuardedDesk):
    clients = desk.clients(Limits(requests=10))
    with following("night", lane="batch"):
        for number in range(8):
            await desk.triage(clients, GOOD, text=f"batch {number}")
        with pytest.raises(HeldBack):
            await desk.triage(clients, GOOD, text="batch 8")
    await desk.triage(clients, GOOD, text="at the door")
    assert not any("lane" in str(request["messages"]) for request in desk.wire.requests), "no agent is told"


async def test_the_rules_are_neither_guarded_nor_cached(desk: GuardedDesk):
    clients = desk.clients(MODEL_PROVIDER="offline")
    assert (clients.guard, clients.answers) == (None, None)
