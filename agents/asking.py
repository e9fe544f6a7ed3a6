"""Asks an agent one question and takes only an answer that holds."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from agents.answer_schema import response_format
from agents.kept_answers import answer_key, may_be_kept
from agents.leaving import readable
from agents.model_calls import ModelCalls
from agents.model_errors import as_desk_error, is_lost_conversation
from agents.questions import as_read
from agents.spec import AgentSpec, instructions
from agents.tool_walls import tool_walls
from agents.tools import Lookups, asker_of, looking_up_for, read_only_tools
from shared.budget import payer
from shared.chat_clients import ChatClients
from shared.correlation import trail
from shared.errors import CircuitOpen, ConversationLost, DeskError, InvalidAnswer, Permanent
from shared.exchanged import Thought
from shared.guard import Guard
from shared.model import Model
from shared.thinking import Usage
from shared.untrusted import marked

ATTEMPTS = 2

log = logging.getLogger("helpdesk.agents")


async def ask(
    agent: AgentSpec, question: Model, clients: ChatClients, lookups: Lookups, session: Any = None
) -> Thought:
    """Send the question as one JSON document, marked as data; an answer that does not hold is asked for once more.

    Raises InvalidAnswer when the second answer does not hold either, Permanent when the model refuses,
    Transient when it is busy, late, held back by the guard or out of reach. Looks things up where the agent
    has tools, and takes an answer from the cache where the same question was answered before.

    In a `session` the model's service keeps what is said: it is moved on to after this question, and the answer
    depends on more than the question, so that none is taken from the cache. Raises ConversationLost.
    """
    asked = question.model_copy(update={"role": agent.role}) if agent.role else question
    # In a thread: the first client of a process imports its SDK.
    client = await asyncio.to_thread(clients.client_for, agent.name)
    serves = clients.answers is not None and session is None and clients.answers.serves(agent.name)
    cache = clients.answers if serves else None
    key = answer_key(agent, asked, client.model)
    if cache is not None and (kept := await cache.get(key)) is not None:
        return await _from_cache(agent, kept, clients)
    began_at = session.service_session_id if session is not None else None
    try:
        thought, lasts = await _converse(agent, asked, client, clients, clients.guard, lookups, session)
    except CircuitOpen as error:
        if (stand_in := clients.stand_in_for(agent.name)) is None:
            raise
        if session is not None:
            # The service's last word may be a tool call that nobody has answered: nothing could go on from it.
            session.service_session_id = began_at
        thought = (await _converse(agent, asked, stand_in, clients, None, lookups))[0]
        return thought.model_copy(update={"usage": thought.usage + (error.usage or Usage())})
    if cache is not None and lasts:
        await cache.put(key, thought, getattr(asked, "requester_id", ""))
    return thought


async def _from_cache(agent: AgentSpec, kept: Thought, clients: ChatClients) -> Thought:
    hit = Usage(cache_hits=1)
    if clients.ledger is not None:
        await clients.ledger.spend(payer(), agent.name, hit, uuid4().hex)
    return kept.model_copy(update={"usage": hit})


async def _converse(
    agent: AgentSpec,
    asked: Model,
    client: Any,
    clients: ChatClients,
    guard: Guard | None,
    lookups: Lookups,
    session: Any = None,
) -> tuple[Thought, bool]:
    """The thought, and whether it rests on the question alone: what a tool said may be otherwise next time."""
    from agent_framework import Agent, Message

    degraded: list[str] = []
    calls = ModelCalls(clients, guard, agent.name, client.model, trail().lane, agent.group)
    runner = Agent(
        client=client,
        name=agent.name,
        instructions=instructions(agent.prompt),
        tools=[*read_only_tools(agent.tools, lookups), *agent.lent],
        default_options={"response_format": response_format(agent.answer), "store": None if session is None else True},
        middleware=[
            calls.middleware(),
            tool_walls((*agent.tools, *(tool.name for tool in agent.lent)), lookups.shield, degraded.append),
            looking_up_for(asker_of(asked)),
        ],
    )
    messages = [Message("user", [marked(as_read(asked))])]
    unsent = messages
    doubts: list[str] = []
    try:
        for _ in range(ATTEMPTS):
            response = await _answered(agent, runner, calls, unsent, session)
            answer, problem = _judge(agent, asked, response, degraded.append)
            messages = [*messages, *response.messages]
            if answer is not None:
                thought = Thought(
                    answer=answer.model_dump(mode="json"),
                    agent=agent.name,
                    model=calls.model,
                    usage=calls.usage,
                    doubts=tuple(doubts),
                    degraded=tuple(dict.fromkeys(degraded)),
                )
                return thought, may_be_kept(thought, asked, messages)
            doubts.append(problem)
            messages.append(Message("user", [_complaint(problem)]))
            unsent = messages if session is None else messages[-1:]
        raise InvalidAnswer(f"{agent.name}: {doubts[-1]}")
    except DeskError as error:
        error.usage = calls.usage if calls.usage.model_calls else None
        raise


async def _answered(agent: AgentSpec, runner: Any, calls: ModelCalls, messages: Sequence[Any], session: Any) -> Any:
    """One response, tool rounds included. Raises Permanent, Transient."""
    from agent_framework.exceptions import AgentFrameworkException

    try:
        response = await runner.run(messages, session=session)
    except (AgentFrameworkException, TimeoutError) as error:
        failure = as_desk_error(agent.name, error)
        if session is not None and session.service_session_id and is_lost_conversation(error):
            failure = ConversationLost(str(failure))
        await calls.failed(failure)
        raise failure from error
    if response.finish_reason == "content_filter":
        raise Permanent(f"{agent.name}: the model's content filter refused the ticket")
    return response


def _judge(agent: AgentSpec, question: Model, response: Any, tell: Callable[[str], None]) -> tuple[Model | None, str]:
    """The answer as it may be read, or None and what is wrong with it; `tell` hears whose words had to be masked."""
    if response.finish_reason == "length":
        return None, "the answer was cut off because it was too long: answer more briefly"
    try:
        answer = agent.answer.model_validate_json(_without_fence(response.text))
        told = agent.answer.model_validate(readable(answer.model_dump(mode="json"), question))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'answer'}: {fault['msg']}" for fault in error.errors()]
        return None, readable("; ".join(faults)[:1_000], question)
    if problem := agent.check(answer, question):
        return None, readable(problem, question)
    if told != answer:
        log.warning("%s wrote what nobody must read: it is masked", agent.name)
        tell(f"withheld:{agent.name}")
    return told, ""


def _without_fence(text: str) -> str:
    """Servers without structured output tend to wrap their JSON in a Markdown fence."""
    stripped = text.strip()
    if stripped.startswith("```") and stripped.endswith("```"):
        return stripped.removesuffix("```").partition("\n")[2]
    return stripped


def _complaint(problem: str) -> str:
    return f"That answer cannot be used: {problem}\nAnswer again, as one JSON object of the required schema."
