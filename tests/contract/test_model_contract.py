"""What every model behind the agents must do, the offline rules and an OpenAI wire alike."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from agent_framework import Message

from adapters.models import chat_clients
from agents.answer_schema import response_format
from agents.asking import ask
from agents.memory import EXTRACTOR, THREAD_SUMMARISER
from agents.resolver import RESOLVER
from agents.reviewer import REVIEWER
from agents.risk_voters import RISK_VOTERS
from agents.spec import AgentSpec
from agents.specialists import SPECIALISTS
from agents.triage_analyst import TRIAGE_ANALYST
from agents.voters import VOTERS
from shared.chat_clients import ChatClients
from shared.errors import InvalidAnswer
from shared.facts import Learned, LearnedFact
from shared.learning import ExtractionQuestion, ThreadQuestion, ThreadSummary
from shared.model import Model
from shared.thinking import Finding, Judgement, KnownFact, Review, Turn, Vote
from shared.untrusted import unmarked
from tests.contract.model_cases import (
    PLAN,
    QUESTION,
    TRIAGE,
    SmallDirectory,
    offline_settings,
    wire_settings,
)
from tests.contract.openai_wire import OpenAIWire, Reply, answers, openai_wire, says

AGENTS = (TRIAGE_ANALYST, RESOLVER, REVIEWER, *SPECIALISTS.values(), *VOTERS.values(), *RISK_VOTERS.values())
LEARNED = Learned(facts=(LearnedFact(kind="device", topic="laptop", text="I use a ThinkPad X1"),))
GOOD = {
    "Triage": TRIAGE,
    "Plan": PLAN,
    "Review": Review(approved=True),
    "Finding": Finding(summary="Nothing unusual.", confidence=0.6),
    "Judgement": Judgement(fitting=True, confidence=0.7, why="It is asked for."),
    "Learned": LEARNED,
    "ThreadSummary": ThreadSummary(text="The VPN drops; the cable helped."),
    "Vote": Vote(category="access_identity", confidence=0.7, why="It is about an account."),
}
SAID = "The VPN drops. I use a ThinkPad X1."
KNOWN = KnownFact(kind="fact", topic="workplace", text="Works in Lyon.")
AFTER_THE_REPLY: list[tuple[AgentSpec, Model]] = [
    (EXTRACTOR, ExtractionQuestion(subject="VPN", said=(SAID,), known_facts=(KNOWN,))),
    (
        THREAD_SUMMARISER,
        ThreadQuestion(earlier="They said hello.", turns=(Turn(id="1", role="user", text=SAID),)),
    ),
]
"""The agents that work for memory, with what each is asked."""


@pytest.fixture(params=["offline", "openai"])
async def clients(request: pytest.FixtureRequest) -> AsyncIterator[ChatClients]:
    if request.param == "offline":
        yield chat_clients(offline_settings())
        return
    async with openai_wire() as wire:
        yield _well_behaved(wire)


def _well_behaved(wire: OpenAIWire) -> ChatClients:
    class Fitting(list[Reply]):
        """The right kind of answer to whatever was asked last."""

        def __getitem__(self, index: Any) -> Any:
            wanted = wire.requests[-1]["response_format"]["json_schema"]["name"]
            return says(GOOD[wanted].model_dump_json())

    wire.replies = Fitting([Reply()])
    return chat_clients(wire_settings(wire.url))


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.name)
async def test_every_agent_gets_an_answer_of_its_own_type(agent: AgentSpec, clients: ChatClients) -> None:
    thought = await ask(agent, QUESTION, clients, SmallDirectory())
    assert agent.answer.model_validate(thought.answer)
    assert thought.agent == agent.name


@pytest.mark.parametrize(("agent", "question"), AFTER_THE_REPLY, ids=lambda given: getattr(given, "name", ""))
async def test_what_works_for_memory_answers_in_its_own_type_too(
    agent: AgentSpec, question: Model, clients: ChatClients
) -> None:
    thought = await ask(agent, question, clients, SmallDirectory())
    assert agent.answer.model_validate(thought.answer)
    if agent is EXTRACTOR:
        assert ("device", "laptop") in [(fact["kind"], fact["topic"]) for fact in thought.answer["facts"]]
    assert (thought.agent, thought.usage.model_calls) == (agent.name, 1)


@pytest.mark.parametrize(("agent", "question"), AFTER_THE_REPLY, ids=lambda given: getattr(given, "name", ""))
async def test_what_a_requester_said_reaches_memorys_agents_as_data_only(agent: AgentSpec, question: Model) -> None:
    async with openai_wire() as wire:
        await ask(agent, question, _well_behaved(wire), SmallDirectory())
        (request,) = wire.requests
    told = [message for message in request["messages"] if SAID in message["content"]]
    assert [message["role"] for message in told] == ["user"]
    assert type(question).model_validate_json(unmarked(told[0]["content"])) == question


@pytest.mark.parametrize(
    ("agent", "too_much"),
    [
        (EXTRACTOR, {"facts": [fact.model_dump() for fact in LEARNED.facts * 11]}),
        (THREAD_SUMMARISER, {"text": "x" * 1_501}),
    ],
    ids=lambda given: getattr(given, "name", ""),
)
async def test_what_memory_has_no_room_for_is_asked_for_once_more(agent: AgentSpec, too_much: dict[str, Any]) -> None:
    (question,) = [question for one, question in AFTER_THE_REPLY if one is agent]
    good = says(GOOD[agent.answer.__name__].model_dump_json())
    async with openai_wire() as wire:
        wire.replies = [answers(**too_much), good]
        thought = await ask(agent, question, chat_clients(wire_settings(wire.url)), SmallDirectory())
        assert agent.answer.model_validate(thought.answer) == GOOD[agent.answer.__name__]
        assert thought.usage.model_calls == 2
        wire.requests.clear()
        wire.replies = [answers(**too_much)]
        with pytest.raises(InvalidAnswer):
            await ask(agent, question, chat_clients(wire_settings(wire.url)), SmallDirectory())
        assert len(wire.requests) == 2


async def test_usage_and_model_name_are_reported(clients: ChatClients) -> None:
    thought = await ask(TRIAGE_ANALYST, QUESTION, clients, SmallDirectory())
    assert thought.model in ("rules", "wire-model-2026-01-15")
    assert thought.usage.model_calls == 1
    assert thought.usage.input_tokens > 0
    assert thought.usage.output_tokens > 0


async def test_one_client_set_serves_questions_asked_at_the_same_time(clients: ChatClients) -> None:
    tickets = [QUESTION.model_copy(update={"ticket_id": f"t-{number}"}) for number in range(8)]
    thoughts = await asyncio.gather(*(ask(RESOLVER, one, clients, SmallDirectory()) for one in tickets))
    assert len(thoughts) == len(tickets)
    assert {thought.answer["outcome"] for thought in thoughts} == {"answer"}


async def test_the_offline_rules_stream_what_they_answer() -> None:
    client = chat_clients(offline_settings()).client_for(TRIAGE_ANALYST.name)
    stream = client.get_response(
        [Message("user", [QUESTION.model_dump_json(exclude_none=True)])],
        stream=True,
        options={"response_format": response_format(TRIAGE_ANALYST.answer)},
    )
    text = "".join([update.text async for update in stream])
    assert TRIAGE_ANALYST.answer.model_validate_json(text)
