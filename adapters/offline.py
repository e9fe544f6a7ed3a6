"""A chat client that answers by deterministic rules: the desk without a model, a key or a network.

It stands behind Agent Framework's chat-client interface like any model: it is told a response format, it may
call tools before it answers, and it reports usage. It has no tokens; its figures are the words that it read
(the question and what tools returned) and wrote.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import Any
from uuid import uuid4

from agent_framework import (
    BaseChatClient,
    ChatMiddlewareLayer,
    ChatResponse,
    ChatResponseUpdate,
    Content,
    FunctionInvocationLayer,
    Message,
    ResponseStream,
    UsageDetails,
)
from agent_framework.observability import ChatTelemetryLayer
from pydantic import BaseModel

from adapters.offline_classifier import Classifier, classifier
from adapters.offline_collaboration import ballot, contribution, moderation, research, summary
from adapters.offline_content import article_draft, edited_article, topic_notes
from adapters.offline_delegation import assignments, delegation_plan, work_done
from adapters.offline_findings import finding
from adapters.offline_judgement import judgement
from adapters.offline_memory import learned, thread_summary
from adapters.offline_plan import lookups, plan
from adapters.offline_review import review
from adapters.offline_services import ToolResults
from adapters.offline_support import support_answer
from adapters.offline_triage import Neighbours, triage, vote
from adapters.offline_watch import (
    watch_alerts,
    watch_analysis,
    watch_brief,
    watch_picks,
    watch_plan,
    watch_scores,
)
from adapters.offline_words import words
from shared.errors import Permanent
from shared.thinking import Question
from shared.untrusted import unmarked

MODEL = "rules"
TASK_RULES: Mapping[str, Callable[[str], BaseModel]] = {
    "TopicNotes": topic_notes,
    "ArticleDraft": article_draft,
    "EditedArticle": edited_article,
    "Research": research,
    "Summary": summary,
    "Ballot": ballot,
    "Moderation": moderation,
    "Contribution": contribution,
    "DelegationPlan": delegation_plan,
    "Assignments": assignments,
    "WorkDone": work_done,
    "Learned": learned,
    "ThreadSummary": thread_summary,
    "WatchPlan": watch_plan,
    "WatchPicks": watch_picks,
    "WatchAnalysis": watch_analysis,
    "WatchBrief": watch_brief,
    "WatchAlerts": watch_alerts,
    "WatchScores": watch_scores,
}
"""Rules for what is asked beside tickets: by the name of the answer's type, from the question's JSON."""


class RulesClient(FunctionInvocationLayer[Any], ChatMiddlewareLayer[Any], ChatTelemetryLayer[Any], BaseChatClient[Any]):
    """Answers Triage, Plan, Review, Finding, Vote and Judgement; its classifier is trained when first needed."""

    OTEL_PROVIDER_NAME = MODEL

    def __init__(self, triage_examples: str):
        super().__init__()
        self.model = MODEL
        self._triage_examples = triage_examples

    def _inner_get_response(
        self, *, messages: Sequence[Message], stream: bool, options: Mapping[str, Any], **kwargs: Any
    ) -> Awaitable[ChatResponse] | ResponseStream[ChatResponseUpdate, ChatResponse]:
        if stream:
            return self._build_response_stream(self._updates(messages, options))
        return self._respond(messages, options)

    async def _respond(self, messages: Sequence[Message], options: Mapping[str, Any]) -> ChatResponse:
        contents = self._contents(_first_user_text(messages), messages, options)
        read = sum(len(words(_text_of(message))) for message in messages if message.role in ("user", "tool"))
        written = sum(len(words(content.text or content.name or "")) for content in contents)
        return ChatResponse(
            messages=[Message("assistant", contents)],
            response_id=f"{MODEL}-{uuid4().hex}",
            model=MODEL,
            finish_reason="tool_calls" if contents[0].type == "function_call" else "stop",
            usage_details=UsageDetails(
                input_token_count=read, output_token_count=written, total_token_count=read + written
            ),
        )

    def _contents(self, asked: str, messages: Sequence[Message], options: Mapping[str, Any]) -> list[Content]:
        wanted = _asked_for(options)
        if (answer := TASK_RULES.get(wanted)) is not None:
            return [Content.from_text(answer(asked).model_dump_json())]
        question, told = Question.model_validate_json(asked), _tool_results(messages)
        return self._lookups(question, told, options) or [
            Content.from_text(self._answer(question, told, wanted).model_dump_json())
        ]

    async def _updates(
        self, messages: Sequence[Message], options: Mapping[str, Any]
    ) -> AsyncIterator[ChatResponseUpdate]:
        response = await self._respond(messages, options)
        usage = Content.from_usage(response.usage_details or UsageDetails())
        yield ChatResponseUpdate(
            contents=[*response.messages[0].contents, usage],
            role="assistant",
            model=MODEL,
            response_id=response.response_id,
        )

    def _lookups(self, question: Question, told: ToolResults, options: Mapping[str, Any]) -> list[Content]:
        """Calls of the offered tools that are worth making, once a question."""
        if told or _asked_for(options) not in ("Plan", "Finding"):
            return []
        offered = {getattr(tool, "name", None) for tool in options.get("tools") or ()}
        return [
            Content.from_function_call(f"call-{uuid4().hex}", name, arguments=arguments)
            for name, arguments in lookups(question).items()
            if name in offered
        ]

    def _answer(self, question: Question, told: ToolResults, asked_for: str) -> BaseModel:
        match asked_for:
            case "Triage":
                return triage(question, self._classifier)
            case "Vote":
                return vote(question, self._classifier, self._neighbours)
            case "Plan":
                return plan(question, told)
            case "Review":
                return review(question)
            case "SupportAnswer":
                return support_answer(question, told)
            case "Judgement":
                return judgement(question)
            case "Finding":
                return finding(question, told)
            case _:
                raise Permanent(f"the offline rules have no answer of the type {asked_for or 'text'}")

    @property
    def _classifier(self) -> Classifier:
        return classifier(self._triage_examples)

    @cached_property
    def _neighbours(self) -> Neighbours:
        return Neighbours(self._classifier)


def _asked_for(options: Mapping[str, Any]) -> str:
    """The name of the answer type that the response format asks for."""
    wanted: Any = options.get("response_format")
    if isinstance(wanted, Mapping):
        return str(wanted.get("json_schema", {}).get("name", ""))  # pyright: ignore[reportUnknownArgumentType]
    return getattr(wanted, "__name__", "")


def _first_user_text(messages: Sequence[Message]) -> str:
    return unmarked(next((message.text for message in messages if message.role == "user"), ""))


def _text_of(message: Message) -> str:
    return " ".join(str(content.text or content.result or "") for content in message.contents)


def _tool_results(messages: Sequence[Message]) -> dict[str, Any]:
    """What the called tools returned, by name; a tool that failed is missing."""
    contents = [content for message in messages for content in message.contents]
    names = {content.call_id: content.name for content in contents if content.type == "function_call"}
    results: dict[str, Any] = {}
    for content in contents:
        if content.type == "function_result" and not content.exception:
            results[names.get(content.call_id) or ""] = _parsed(content.result)
    return results


def _parsed(result: Any) -> Any:
    """What a tool found; None where its source was down or it told nothing readable."""
    try:
        return json.loads(unmarked(result)).get("found")
    except (AttributeError, TypeError, ValueError):
        return None
