"""The support agent's session from turn to turn: over the Responses API, whose service keeps what is said, and where
the desk keeps it; with real blobs."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from activities.conversations import forget_conversation
from activities.support import answer_requester, session_of
from adapters.artifacts import BlobArtifacts
from adapters.models import chat_clients
from shared.breaker import Outcome
from shared.chat_clients import ChatClients
from shared.conversations import Conversation, SupportAnswer, SupportAsked, SupportThought, session_path
from shared.errors import CircuitOpen, SessionRefused, Transient, Unavailable
from shared.guard import Admission, BreakerState, ModelCall
from shared.ports import Desk
from shared.sessions import LIFETIME, KeptSession
from shared.thinking import Profile, Question, Recollection, Turn
from shared.tickets import Requester
from shared.untrusted import unmarked
from tests.contract.model_cases import SmallDirectory, wire_settings
from tests.contract.openai_wire import OpenAIWire, calls_tool, fails, openai_wire, says

THREAD = "5e" * 24
CONVERSATION = Conversation(
    thread=THREAD, tenant="default", requester=Requester(id="u-1001"), opened_at=datetime(2026, 3, 2, tzinfo=UTC)
)
HISTORY = (Turn(id="1", role="user", text="It drops."), Turn(id="2", role="assistant", text="Since when?"))
ANSWER = says(
    SupportAnswer(outcome="ask_requester", answer="On Wi-Fi only?", confidence=0.7, reason="one fact").model_dump_json()
)


class Nothing:
    """Memory and instances that have nothing of the conversation."""

    async def forget(self, *_: str) -> None: ...

    async def all_with_prefix(self, _: str) -> tuple[()]:
        return ()


class SupportDesk(SmallDirectory):
    memory = instances = Nothing()

    def __init__(self, models: ChatClients, artifacts: BlobArtifacts):
        super().__init__()
        self.models = models
        self.artifacts = artifacts


@pytest.fixture
async def wire() -> AsyncIterator[OpenAIWire]:
    async with openai_wire() as wire:
        wire.replies = [ANSWER]
        yield wire


@pytest.fixture
async def artifacts(storage: str) -> AsyncIterator[BlobArtifacts]:
    blobs = BlobArtifacts(storage)
    await blobs.delete(session_path(THREAD))
    yield blobs
    await blobs.close()


@pytest.fixture
def desk(wire: OpenAIWire, artifacts: BlobArtifacts) -> Desk:
    return desk_with(wire, artifacts)


def desk_with(wire: OpenAIWire, artifacts: BlobArtifacts, **changes: str) -> Desk:
    """A desk as it is after a start: nothing is left in the process but settings."""
    settings = wire_settings(wire.url, **{"MODEL_CONVERSATIONS": "service"} | changes)
    return cast(Desk, SupportDesk(chat_clients(settings), artifacts))


async def said(desk: Desk, text: str, *degraded: str, keep: bool = True) -> SupportThought:
    """One turn, whose session is kept as the turn's last step would."""
    history = () if degraded else HISTORY
    recollection = Recollection(profile=Profile(id="u-1001", known=True), history=history, degraded=degraded)
    question = Question(ticket_id=THREAD, subject="", text=text, requester_id="u-1001", recollection=recollection)
    thought = await answer_requester(SupportAsked(conversation=CONVERSATION, question=question), desk)
    assert thought.session is not None
    if keep:
        await desk.artifacts.write(session_path(THREAD), thought.session.model_dump_json().encode())
    return thought


def asked(request: dict[str, Any]) -> dict[str, Any]:
    """The question in a request to the Responses API."""
    return json.loads(unmarked(request["input"][-1]["content"][0]["text"]))


async def test_a_service_that_keeps_the_conversation_is_told_only_what_is_new(wire: OpenAIWire, desk: Desk) -> None:
    first = await said(desk, "My VPN drops.")
    await said(desk, "Yes, only there.")
    one, two = wire.requests
    assert one["store"] is True
    assert "previous_response_id" not in one
    assert [turn["text"] for turn in asked(one)["recollection"]["history"]] == ["It drops.", "Since when?"]
    assert two["previous_response_id"] == "resp_1"
    assert len(two["input"]) == 1
    assert asked(two)["text"] == "Yes, only there."
    assert asked(two)["recollection"]["history"] == []
    assert first.usage.input_tokens == 120


async def test_of_what_the_service_keeps_the_desk_keeps_an_id_and_no_word(desk: Desk) -> None:
    kept = (await said(desk, "My VPN drops.")).session
    assert kept is not None
    assert kept.content["service_session_id"] == "resp_1"
    written = (await desk.artifacts.read(session_path(THREAD))).decode()
    assert not any(word in written for word in ("drops", "Wi-Fi", "Since"))


async def test_a_conversation_goes_on_where_it_was_after_a_restart(
    wire: OpenAIWire, desk: Desk, artifacts: BlobArtifacts
) -> None:
    await said(desk, "My VPN drops.")
    after = await said(desk_with(wire, artifacts), "Yes, only there.")
    assert wire.requests[-1]["previous_response_id"] == "resp_1"
    assert after.degraded == ()


async def test_a_conversation_that_the_service_has_lost_starts_anew_from_memory(wire: OpenAIWire, desk: Desk) -> None:
    await said(desk, "My VPN drops.")
    wire.kept.clear()
    after = await said(desk, "Yes, only there.")
    assert after.degraded == ("model conversation",)
    assert "previous_response_id" not in wire.requests[-1]
    assert [turn["text"] for turn in asked(wire.requests[-1])["recollection"]["history"]] == [
        "It drops.",
        "Since when?",
    ]
    assert (await said(desk, "Thanks.")).degraded == ()
    assert wire.requests[-1]["previous_response_id"] == "resp_3"


async def test_an_attempt_that_failed_is_repeated_from_where_it_began(wire: OpenAIWire, desk: Desk) -> None:
    await said(desk, "My VPN drops.")
    wire.replies = [ANSWER, calls_tool("service_status"), fails(500), ANSWER]
    with pytest.raises(Transient):
        await said(desk, "Yes, only there.")
    await said(desk, "Yes, only there.")
    assert [request.get("previous_response_id") for request in wire.requests] == [None, "resp_1", "resp_2", "resp_1"]


async def test_of_a_tool_round_only_the_result_is_sent_on(wire: OpenAIWire, desk: Desk) -> None:
    wire.replies = [calls_tool("service_status"), ANSWER]
    await said(desk, "Is the VPN down?")
    assert [item["type"] for item in wire.requests[1]["input"]] == ["function_call_output"]
    assert "VPN gateway" in wire.requests[1]["input"][0]["output"]


class OneCall:
    """A guard that lets one call through; then the circuit is open."""

    def __init__(self) -> None:
        self.called = False

    async def admit(self, call: ModelCall) -> Admission:
        if self.called:
            raise CircuitOpen("the circuit is open", 60)
        self.called = True
        return Admission("one", call)

    async def settle(self, admission: Admission, outcome: Outcome, tokens: int | None = None) -> None:
        pass

    async def breakers(self) -> tuple[BreakerState, ...]:
        return ()


async def test_where_rules_stand_in_the_session_stays_before_what_was_left_unfinished(
    wire: OpenAIWire, artifacts: BlobArtifacts
) -> None:
    wire.replies = [calls_tool("service_status"), ANSWER]
    settings = wire_settings(wire.url, MODEL_CONVERSATIONS="service", MODEL_FALLBACK="rules")
    desk = cast(Desk, SupportDesk(chat_clients(settings, OneCall()), artifacts))
    thought = await said(desk, "Is the VPN down?")
    assert thought.model == "rules"
    assert thought.session is not None
    assert thought.session.content["service_session_id"] is None, "nothing goes on from a tool call without its result"


async def test_an_answer_that_does_not_hold_is_complained_about_in_the_same_conversation(
    wire: OpenAIWire, desk: Desk
) -> None:
    wire.replies = [says("no JSON at all"), ANSWER]
    thought = await said(desk, "My VPN drops.")
    assert wire.requests[1]["previous_response_id"] == "resp_1"
    assert "cannot be used" in json.dumps(wire.requests[1]["input"])
    assert len(wire.requests[1]["input"]) == 1
    assert len(thought.doubts) == 1


async def test_azure_keeps_conversations_under_its_own_path(wire: OpenAIWire, artifacts: BlobArtifacts) -> None:
    changes = {
        "MODEL_PROVIDER": "azure_openai", "AZURE_OPENAI_ENDPOINT": wire.url.removesuffix("/v1"),
        "AZURE_OPENAI_CREDENTIAL": "key", "AZURE_OPENAI_API_KEY": "unused", "AZURE_OPENAI_MODEL": "deployment",
    }  # fmt: skip
    thought = await said(desk_with(wire, artifacts, **changes), "My VPN drops.")
    assert wire.requests[0]["model"] == "deployment"
    assert thought.session is not None
    assert thought.session.content["service_session_id"] == "resp_1"


def changed(kept: KeptSession, **fields: Any) -> bytes:
    writer = kept.written_by.model_copy(update=fields)
    return kept.model_copy(update={"written_by": writer}).model_dump_json().encode()


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ({"agent": "resolver"}, "written by the agent resolver, not by support"),
        ({"prompt": "0"}, "another configuration (prompt)"),
        ({"answer": "0", "tools": ()}, "another configuration (answer, tools)"),
        ({"model": "other"}, "another configuration (model)"),
        ({"kept_by": "app"}, "another configuration (kept_by)"),
    ],
)
async def test_another_agents_or_configurations_session_is_refused_and_the_conversation_goes_on(
    wire: OpenAIWire, desk: Desk, what: dict[str, Any], why: str
) -> None:
    kept = (await said(desk, "My VPN drops.")).session
    assert kept is not None
    await desk.artifacts.write(session_path(THREAD), changed(kept, **what))
    with pytest.raises(SessionRefused) as refused:
        await session_of(THREAD, desk)
    assert why in str(refused.value)
    after = await said(desk, "Yes, only there.")
    assert after.degraded == ("session",)
    assert "previous_response_id" not in wire.requests[-1]
    assert len(asked(wire.requests[-1])["recollection"]["history"]) == 2
    assert (await said(desk, "Thanks.")).degraded == ()


@pytest.mark.parametrize("data", [b"", b"[]", b"no JSON", b'{"version": 2}', b'{"version": 1}'])
async def test_what_is_no_session_of_this_version_is_refused(desk: Desk, data: bytes) -> None:
    await desk.artifacts.write(session_path(THREAD), data)
    with pytest.raises(SessionRefused):
        await session_of(THREAD, desk)
    assert (await said(desk, "My VPN drops.")).degraded == ("session",)


async def test_a_session_lives_no_longer_than_memory(wire: OpenAIWire, desk: Desk) -> None:
    kept = (await said(desk, "My VPN drops.")).session
    assert kept is not None
    old = kept.model_copy(update={"written_at": datetime.now(UTC) - LIFETIME - timedelta(seconds=1)})
    await desk.artifacts.write(session_path(THREAD), old.model_dump_json().encode())
    assert await session_of(THREAD, desk) is None
    assert (await said(desk, "Hello again.")).degraded == ()
    assert "previous_response_id" not in wire.requests[-1]


async def test_where_the_desk_keeps_the_conversation_the_session_stands_in_for_memory_that_is_down(
    wire: OpenAIWire, artifacts: BlobArtifacts
) -> None:
    await said(desk_with(wire, artifacts, MODEL_CONVERSATIONS="app"), "My VPN drops, mail me at one@example.com.")
    await said(desk_with(wire, artifacts, MODEL_CONVERSATIONS="app"), "Yes, only there.", "redis")
    question = json.loads(unmarked(wire.requests[-1]["messages"][-1]["content"]))
    told = [turn["text"] for turn in question["recollection"]["history"]]
    assert told == ["It drops.", "Since when?", "My VPN drops, mail me at [email].", "On Wi-Fi only?"]


async def test_a_conversation_that_is_forgotten_is_deleted_at_the_service_back_to_its_beginning(
    wire: OpenAIWire, desk: Desk
) -> None:
    for text in ("My VPN drops.", "Yes, only there.", "Since Monday."):
        await said(desk, text)
    assert await forget_conversation(CONVERSATION, desk) is None
    assert (wire.deleted, wire.kept) == (["resp_1", "resp_2", "resp_3"], {})
    assert await forget_conversation(CONVERSATION, desk) is None, "and again, which finds nothing"


async def test_a_deletion_that_was_cut_short_goes_on_and_the_session_stays_until_then(
    wire: OpenAIWire, desk: Desk
) -> None:
    for text in ("My VPN drops.", "Yes, only there."):
        await said(desk, text)
    del wire.kept["resp_1"]
    wire.refuses_to_delete = 503
    with pytest.raises(Unavailable):
        await forget_conversation(CONVERSATION, desk)
    wire.refuses_to_delete = 0
    assert await forget_conversation(CONVERSATION, desk) is None
    assert wire.kept == {}


async def test_what_the_service_refuses_to_delete_is_told_and_the_desk_forgets_all_the_same(
    wire: OpenAIWire, desk: Desk
) -> None:
    await said(desk, "My VPN drops.")
    wire.refuses_to_delete = 403
    assert "403" in (await forget_conversation(CONVERSATION, desk) or "")
    assert await session_of(THREAD, desk) is None


async def test_a_conversation_that_the_desk_keeps_asks_nothing_of_the_service(
    wire: OpenAIWire, artifacts: BlobArtifacts
) -> None:
    desk = desk_with(wire, artifacts, MODEL_CONVERSATIONS="app")
    await said(desk, "My VPN drops.")
    assert await forget_conversation(CONVERSATION, desk) is None
    assert wire.deleted == []
