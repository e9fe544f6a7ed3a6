"""Everything a model server can do wrong has one defined outcome."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.models import chat_clients
from agents.asking import ask
from agents.resolver import RESOLVER
from agents.triage_analyst import TRIAGE_ANALYST
from shared.chat_clients import ChatClients
from shared.errors import InvalidAnswer, Permanent, Transient
from shared.exchanged import Thought
from shared.thinking import Usage
from shared.untrusted import unmarked
from tests.contract.model_cases import PLAN, QUESTION, TRIAGE, SmallDirectory, wire_settings
from tests.contract.openai_wire import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    OpenAIWire,
    Reply,
    answers,
    calls_tool,
    fails,
    openai_wire,
    says,
)

GOOD = says(TRIAGE.model_dump_json())
GOOD_PLAN = says(PLAN.model_dump_json())


@pytest.fixture
async def wire() -> AsyncIterator[OpenAIWire]:
    async with openai_wire() as running:
        yield running


async def triage(wire: OpenAIWire, *replies: Reply, **settings: str) -> Thought:
    wire.replies = replies
    clients = chat_clients(wire_settings(wire.url, **settings))
    return await ask(TRIAGE_ANALYST, QUESTION, clients, SmallDirectory())


async def resolve(wire: OpenAIWire, *replies: Reply) -> tuple[Thought, SmallDirectory]:
    wire.replies = replies
    directory = SmallDirectory()
    clients = chat_clients(wire_settings(wire.url))
    return await ask(RESOLVER, QUESTION, clients, directory), directory


async def test_too_many_requests_is_transient_and_says_how_long_to_wait(wire: OpenAIWire) -> None:
    with pytest.raises(Transient) as caught:
        await triage(wire, fails(429, Retry_After="7"))
    assert caught.value.retry_after_s == 7
    assert len(wire.requests) == 1, "the orchestration retries, not the SDK"


@pytest.mark.parametrize("status", [408, 500, 502, 503])
async def test_a_server_in_trouble_is_transient(wire: OpenAIWire, status: int) -> None:
    with pytest.raises(Transient, match=str(status)):
        await triage(wire, fails(status))
    assert len(wire.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_refused_request_is_permanent(wire: OpenAIWire, status: int) -> None:
    with pytest.raises(Permanent, match=str(status)):
        await triage(wire, fails(status))


async def test_a_late_answer_is_transient(wire: OpenAIWire) -> None:
    with pytest.raises(Transient, match="in time"):
        await triage(wire, Reply({}, delay_s=30), MODEL_TIMEOUT_S="0.5")


async def test_an_answer_that_only_trickles_in_is_late_as_well(wire: OpenAIWire) -> None:
    slow = Reply(GOOD.body, trickle_s=0.1)
    async with asyncio.timeout(20):
        with pytest.raises(Transient, match="in time"):
            await triage(wire, slow, MODEL_TIMEOUT_S="1")


async def test_a_cut_connection_is_transient(wire: OpenAIWire) -> None:
    with pytest.raises(Transient, match="reached"):
        await triage(wire, Reply(cut=True))


async def test_a_server_that_is_not_there_is_transient() -> None:
    clients = chat_clients(wire_settings("http://127.0.0.1:1/v1"))
    with pytest.raises(Transient, match="reached"):
        await ask(TRIAGE_ANALYST, QUESTION, clients, SmallDirectory())


async def test_a_response_body_that_is_no_json_is_transient(wire: OpenAIWire) -> None:
    with pytest.raises(Transient, match="could not be read"):
        await triage(wire, Reply("<html>gateway</html>"))


async def test_a_content_filter_refusal_is_permanent(wire: OpenAIWire) -> None:
    with pytest.raises(Permanent, match="content filter"):
        await triage(wire, fails(400, code="content_filter"))


async def test_an_answer_stopped_by_the_content_filter_is_permanent(wire: OpenAIWire) -> None:
    with pytest.raises(Permanent, match="content filter") as caught:
        await triage(wire, says("", finish_reason="content_filter"))
    assert not isinstance(caught.value, InvalidAnswer)
    assert len(wire.requests) == 1


async def test_an_invented_category_is_asked_about_again_and_mended(wire: OpenAIWire) -> None:
    invented = answers(**(TRIAGE.model_dump(mode="json") | {"category": "coffee_machine"}))
    thought = await triage(wire, invented, GOOD)
    assert thought.answer["category"] == "access_identity"
    complaint = wire.requests[1]["messages"][-1]["content"]
    assert "category" in json.dumps(complaint)


async def test_a_second_attempt_is_counted_and_paid_for(wire: OpenAIWire) -> None:
    thought = await triage(wire, says("not json"), GOOD)
    assert thought.usage.model_calls == 2
    assert thought.usage.input_tokens == 2 * INPUT_TOKENS
    assert thought.usage.output_tokens == 2 * OUTPUT_TOKENS
    assert thought.usage.cost_usd == pytest.approx(2 * (INPUT_TOKENS * 2 + OUTPUT_TOKENS * 10) / 1_000_000)


async def test_why_an_answer_was_refused_is_kept_with_the_one_that_held(wire: OpenAIWire) -> None:
    invented = answers(**(TRIAGE.model_dump(mode="json") | {"category": "coffee_machine"}))
    thought = await triage(wire, invented, GOOD)
    assert "category" in thought.doubts[0]
    assert (await triage(wire, GOOD)).doubts == ()


async def test_what_nobody_must_read_in_an_answers_reasons_is_masked_and_said(wire: OpenAIWire) -> None:
    secret = "The password is " + "Kestrel" + "-7782!"
    thought = await triage(wire, answers(**(TRIAGE.model_dump(mode="json") | {"reasons": ["Locked.", secret]})))
    assert thought.answer["reasons"] == ["Locked.", "The password is [password]"]
    assert (thought.degraded, thought.doubts) == (("withheld:triage-analyst",), ())


async def test_nor_does_it_stand_in_why_an_answer_was_refused(wire: OpenAIWire) -> None:
    told = {"the password is " + "Kestrel" + "-7782!": 1}
    thought = await triage(wire, answers(**(TRIAGE.model_dump(mode="json") | told)), GOOD)
    assert thought.doubts == ("the password is [password]: Extra inputs are not permitted",)
    assert thought.degraded == ()


async def test_what_an_answer_cost_that_never_held_is_not_lost(wire: OpenAIWire) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        await triage(wire, says("not json"))
    cost_usd = 2 * (INPUT_TOKENS * 2 + OUTPUT_TOKENS * 10) / 1_000_000
    assert caught.value.usage == Usage(
        model_calls=2, input_tokens=2 * INPUT_TOKENS, output_tokens=2 * OUTPUT_TOKENS, cost_usd=cost_usd
    )


async def test_what_was_spent_before_the_model_went_down_is_not_lost(wire: OpenAIWire) -> None:
    with pytest.raises(Transient) as caught:
        await triage(wire, says("not json"), fails(500))
    assert caught.value.usage is not None
    assert caught.value.usage.model_calls == 1


async def test_a_call_that_cost_nothing_tells_of_no_cost(wire: OpenAIWire) -> None:
    with pytest.raises(Transient) as caught:
        await triage(wire, fails(500))
    assert caught.value.usage is None


async def test_input_that_the_model_had_cached_has_its_own_price(wire: OpenAIWire) -> None:
    cached = says(TRIAGE.model_dump_json())
    cached.body["usage"]["prompt_tokens_details"] = {"cached_tokens": 100}
    thought = await triage(wire, cached, MODEL_PRICES_USD='{"wire-model": [2.0, 10.0, 0.5]}')
    assert thought.usage.cached_input_tokens == 100
    fresh = INPUT_TOKENS - 100
    assert thought.usage.cost_usd == pytest.approx((fresh * 2 + 100 * 0.5 + OUTPUT_TOKENS * 10) / 1_000_000)


async def test_an_answer_that_is_cut_off_for_its_length_is_asked_for_again_more_briefly(wire: OpenAIWire) -> None:
    cut_off = says('{"category": "net', finish_reason="length")
    thought = await triage(wire, cut_off, GOOD)
    assert thought.doubts == ("the answer was cut off because it was too long: answer more briefly",)
    wire.requests.clear()
    with pytest.raises(InvalidAnswer, match="too long"):
        await triage(wire, cut_off)


async def test_a_connection_cut_within_the_answer_is_transient(wire: OpenAIWire) -> None:
    with pytest.raises(Transient):
        await triage(wire, Reply(GOOD.body, cut_after=40))


async def test_retry_after_may_be_a_date(wire: OpenAIWire) -> None:
    at = datetime.now(UTC) + timedelta(seconds=90)
    with pytest.raises(Transient) as caught:
        await triage(wire, fails(429, Retry_After=format_datetime(at, usegmt=True)))
    assert 60 < (caught.value.retry_after_s or 0) <= 90


@pytest.mark.parametrize(
    "nonsense",
    [says(""), says("I think it is a network problem."), says('{"category": "net'), answers(category="network")],
    ids=["empty", "prose", "cut off", "incomplete"],
)
async def test_an_answer_that_stays_invalid_is_given_up_after_two_attempts(wire: OpenAIWire, nonsense: Reply) -> None:
    with pytest.raises(InvalidAnswer, match="triage-analyst"):
        await triage(wire, nonsense)
    assert len(wire.requests) == 2


async def test_json_in_a_markdown_fence_is_accepted(wire: OpenAIWire) -> None:
    thought = await triage(wire, says(f"```json\n{TRIAGE.model_dump_json()}\n```"))
    assert thought.usage.model_calls == 1


async def test_a_citation_that_was_not_among_the_passages_is_refused(wire: OpenAIWire) -> None:
    cited = [{"id": "made-up", "title": "Made up", "section": "Nowhere"}]
    invented = answers(**(PLAN.model_dump(mode="json") | {"citations": cited}))
    thought, _ = await resolve(wire, invented, GOOD_PLAN)
    assert thought.answer["citations"] == []
    assert "made-up" in json.dumps(wire.requests[1]["messages"][-1])
    with pytest.raises(InvalidAnswer, match="made-up"):
        await resolve(wire, invented)


async def test_a_tool_call_is_carried_out_and_its_result_goes_back(wire: OpenAIWire) -> None:
    thought, directory = await resolve(wire, calls_tool("service_status", name="vpn"), GOOD_PLAN)
    assert directory.states_read == 1
    assert "Being repaired." in json.dumps(wire.requests[1]["messages"])
    assert thought.usage.model_calls == 2


async def test_a_call_of_a_tool_that_does_not_exist_changes_nothing_and_is_answered(wire: OpenAIWire) -> None:
    thought, directory = await resolve(wire, calls_tool("delete_user", user_id="u-1001"), GOOD_PLAN)
    assert thought.answer["outcome"] == "answer"
    assert (directory.looked_up, directory.states_read) == ([], 0)
    result = next(message for message in wire.requests[1]["messages"] if message["role"] == "tool")
    assert "not found" in json.dumps(result)


async def test_a_model_that_never_stops_calling_tools_is_stopped(wire: OpenAIWire) -> None:
    with pytest.raises(InvalidAnswer):
        await resolve(wire, calls_tool("service_status"))
    assert len(wire.requests) < 16


async def test_the_question_travels_as_data_and_the_schema_is_strict(wire: OpenAIWire) -> None:
    await triage(wire, GOOD)
    request = wire.requests[0]
    system, user = request["messages"]
    assert system["role"] == "system"
    assert QUESTION.text not in json.dumps(system)
    assert json.loads(unmarked(user["content"]))["subject"] == QUESTION.subject
    schema = request["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert set(schema["schema"]["required"]) == set(TRIAGE_ANALYST.answer.model_fields)


async def test_agents_without_tools_offer_none_and_the_resolver_only_reads(wire: OpenAIWire) -> None:
    await triage(wire, GOOD)
    assert "tools" not in wire.requests[-1]
    await resolve(wire, GOOD_PLAN)
    offered = {tool["function"]["name"] for tool in wire.requests[-1]["tools"]}
    assert offered == set(RESOLVER.tools)


def clients_for_azure() -> ChatClients:
    return chat_clients(
        wire_settings(
            "",
            MODEL_PROVIDER="azure_openai",
            AZURE_OPENAI_ENDPOINT="https://example.openai.azure.com",
            AZURE_OPENAI_MODEL="desk-model",
        )
    )


async def test_azure_is_reached_with_an_entra_token_and_no_key() -> None:
    from openai import AsyncAzureOpenAI

    client = clients_for_azure().client_for(TRIAGE_ANALYST.name)
    assert isinstance(client.client, AsyncAzureOpenAI)
    assert client.model == "desk-model"
    assert client.client.max_retries == 0
    assert client.client.api_key in ("", "<missing API key>")
