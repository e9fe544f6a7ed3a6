"""Asks an agent one question and takes only an answer that holds."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError

from agents.answer_schema import response_format
from agents.model_errors import as_desk_error
from agents.spec import AgentSpec, instructions
from agents.tools import read_only_tools
from shared.desk import Thought
from shared.errors import InvalidAnswer, Permanent
from shared.model import Model
from shared.ports import ChatClients, Directory
from shared.thinking import Usage

ATTEMPTS = 2


async def ask(agent: AgentSpec, question: Model, clients: ChatClients, directory: Directory) -> Thought:
    """Send the question as one JSON document; an answer that does not hold is asked for once more.

    Raises InvalidAnswer when the second answer does not hold either, Permanent when the model refuses,
    Transient when it is busy, late or out of reach. Looks up the directory where the agent has tools.
    """
    from agent_framework import Agent, Message
    from agent_framework.exceptions import AgentFrameworkException

    asked = question.model_copy(update={"role": agent.role}) if agent.role else question
    meter = _Meter(clients)
    runner = Agent(
        client=clients.client_for(agent.name),
        name=agent.name,
        instructions=instructions(agent.prompt),
        tools=list(read_only_tools(agent.tools, directory)),
        default_options={"response_format": response_format(agent.answer)},
        middleware=[meter.middleware()],
    )
    messages = [Message("user", [asked.model_dump_json(exclude_none=True)])]
    problem = ""
    for _ in range(ATTEMPTS):
        try:
            response = await runner.run(messages)
        except (AgentFrameworkException, TimeoutError) as error:
            raise as_desk_error(agent.name, error) from error
        if response.finish_reason == "content_filter":
            raise Permanent(f"{agent.name}: the model's content filter refused the ticket")
        answer, problem = _judge(agent, asked, response.text)
        if answer is not None:
            return Thought(
                answer=answer.model_dump(mode="json"), agent=agent.name, model=meter.model, usage=meter.usage
            )
        messages = [*messages, *response.messages, Message("user", [_complaint(problem)])]
    raise InvalidAnswer(f"{agent.name}: {problem}")


def _judge(agent: AgentSpec, question: Model, text: str) -> tuple[Model | None, str]:
    """The answer, or None and what is wrong with it."""
    try:
        answer = agent.answer.model_validate_json(_without_fence(text))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'answer'}: {fault['msg']}" for fault in error.errors()]
        return None, "; ".join(faults)[:1_000]
    problem = agent.check(answer, question)
    return (None, problem) if problem else (answer, "")


def _without_fence(text: str) -> str:
    """Servers without structured output tend to wrap their JSON in a Markdown fence."""
    stripped = text.strip()
    if stripped.startswith("```") and stripped.endswith("```"):
        return stripped.removesuffix("```").partition("\n")[2]
    return stripped


def _complaint(problem: str) -> str:
    return f"That answer cannot be used: {problem}\nAnswer again, as one JSON object of the required schema."


class _Meter:
    """Adds up what the model itself says it used, call by call, tool rounds and second attempts included."""

    def __init__(self, clients: ChatClients):
        self.model = "unknown"
        self.usage = Usage()
        self._clients = clients

    def middleware(self) -> Any:
        from agent_framework import chat_middleware

        @chat_middleware
        async def count(context: Any, call_next: Callable[[], Awaitable[None]]) -> None:
            await call_next()
            self._add(context.result)

        return count

    def _add(self, response: Any) -> None:
        details: dict[str, int | None] = dict(response.usage_details or {})
        read, written = details.get("input_token_count") or 0, details.get("output_token_count") or 0
        self.model = response.model or self.model
        self.usage += Usage(
            model_calls=1,
            input_tokens=read,
            output_tokens=written,
            cost_usd=self._clients.price_usd(self.model, read, written),
        )
