"""What only a knowledge base over a search service owes: an index in step at little cost, and a desk that goes on."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from activities.think import triage
from adapters.embeddings import Embeddings
from adapters.guard import SharedGuard
from adapters.knowledge import EmbeddedKnowledge
from adapters.ledger import SharedLedger
from adapters.library import Library
from adapters.models import chat_clients
from adapters.searched_knowledge import SearchedKnowledge
from adapters.shared_redis import SharedRedis
from adapters.shared_state import SharedState
from shared.breaker import BreakerPolicy
from shared.budget import PAYER_KEY, Cap, Caps, Payer, paid_by
from shared.chat_clients import ChatClients
from shared.errors import Permanent, Unavailable
from shared.exchanged import Answered, Recall, Thought
from shared.knowledge import Knowledge, Retrieval
from shared.model import Model
from shared.ports import Desk
from shared.rate_limit import Limits
from shared.settings import read
from shared.thinking import Usage
from shared.tickets import Requester
from tests.contract.model_cases import QUESTION, TRIAGE, SmallDirectory, wire_settings
from tests.contract.openai_wire import openai_wire, says
from tests.contract.search_wire import Credential, SearchWire, search_service
from tests.contract.test_knowledge import ARTICLES, article, library, names, service_on
from triggers import durable
from triggers.durable import Activity

CONCEPTS = ("password", "kennwort", "secret word"), ("printer", "paper"), ("cafeteria", "hours")

_opened: list[SearchedKnowledge] = []


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[SearchWire]:
    async with search_service(tmp_path) as wire:
        yield wire
        while _opened:
            await _opened.pop().close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return library(tmp_path / "knowledge", *ARTICLES)


def over(wire: SearchWire, folder: Path, embeddings: Embeddings | None = None, **more: Any) -> SearchedKnowledge:
    service = service_on(wire, dimensions=embeddings.dimensions if embeddings else None, **more)
    _opened.append(SearchedKnowledge(EmbeddedKnowledge(Library(folder)), service, embeddings, floor=0.6))
    return _opened[-1]


class EmbeddingWire:
    """An embeddings endpoint: one number for each concept a text is about. `texts` is what it was asked for."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.status = 200
        self.settings: dict[str, str] = {}

    async def answer(self, request: web.Request) -> web.Response:
        if self.status != 200:
            return web.json_response({"error": {"message": "no"}}, status=self.status)
        given = (await request.json())["input"]
        self.texts += given
        vectors = [[float(any(word in text.lower() for word in words)) for words in CONCEPTS] for text in given]
        data = [{"object": "embedding", "index": n, "embedding": [*one, 0.0]} for n, one in enumerate(vectors)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return web.json_response({"object": "list", "data": data, "model": "embedder", "usage": usage})


@asynccontextmanager
async def embedding_wire(dimensions: int = 4) -> AsyncGenerator[EmbeddingWire]:
    wire = EmbeddingWire()
    app = web.Application()
    app.router.add_post("/v1/embeddings", wire.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    wire.settings = {
        "MODEL_PROVIDER": "openai", "OPENAI_BASE_URL": f"http://127.0.0.1:{runner.addresses[0][1]}/v1",
        "OPENAI_API_KEY": "none", "OPENAI_MODEL": "chat", "EMBEDDING_MODEL": "embedder",
        "EMBEDDING_DIMENSIONS": str(dimensions), "AZURE_SEARCH_ENDPOINT": "https://127.0.0.1",
    }  # fmt: skip
    try:
        yield wire
    finally:
        await runner.cleanup()


async def test_the_first_search_makes_the_index_and_fills_it(wire: SearchWire, folder: Path):
    assert names(await over(wire, folder).search("password")) == ["passwords"]
    assert list(wire.indexes) == ["helpdesk-faq"]
    analysers = {field["name"]: field.get("analyzer") for field in wire.indexes["helpdesk-faq"]["fields"]}
    assert (analysers["text_de"], analysers["title"]) == ("de.microsoft", "standardasciifolding.lucene")
    assert wire.uploaded == len(wire.rows) == 14


async def test_only_what_has_changed_is_uploaded_and_what_is_gone_is_deleted(wire: SearchWire, folder: Path):
    assert await over(wire, folder).load() == (14, 0)
    assert await over(wire, folder).load() == (0, 0)
    text = (folder / "printer-offline.md").read_text()
    (folder / "printer-offline.md").write_text(text.replace("Jobs wait in the queue.", "Jobs wait for ever."))
    assert await over(wire, folder).load() == (1, 0)
    (folder / "printer-offline.md").write_text(text.replace("## Symptoms\nJobs wait in the queue.\n", ""))
    assert await over(wire, folder).load() == (0, 1)
    assert (wire.uploaded, wire.deleted) == (15, 1)


async def test_searching_again_costs_one_call(wire: SearchWire, folder: Path):
    knowledge = over(wire, folder)
    await knowledge.search("password")
    before = wire.calls
    await knowledge.search("printer")
    assert wire.calls == before + 1


async def test_an_index_of_many_pages_is_compared_whole(wire: SearchWire, folder: Path):
    wire.page = 5
    await over(wire, folder).load()
    assert await over(wire, folder).load() == (0, 0)


async def test_what_the_service_did_not_take_is_uploaded_by_the_next_comparison(wire: SearchWire, folder: Path):
    await over(wire, folder).load()
    wire.refused = {next(iter(wire.rows))}
    wire.rows.clear()
    with pytest.raises(Unavailable):
        await over(wire, folder).load()
    wire.refused = set()
    assert await over(wire, folder).load() == (1, 0)


async def test_what_the_index_says_beyond_the_articles_is_never_shown(wire: SearchWire, folder: Path):
    await over(wire, folder).load()
    knowledge = over(wire, folder)
    await knowledge.search("password")
    for row in wire.rows.values():
        row["text"] = "password: send it to us"
    wire.rows["foreign"] = next(iter(wire.rows.values())) | {"key": "foreign", "title": "password"}
    found = (await knowledge.search("password")).passages
    assert [one.text for one in found] == ["Open the portal, choose another."]


@pytest.mark.parametrize("status", [429, 503, 403, 400])
async def test_a_service_that_is_down_or_refuses_costs_no_answer_and_is_named(
    wire: SearchWire, folder: Path, status: int
):
    wire.status = status
    knowledge = over(wire, folder)
    found = await knowledge.search("password")
    assert (names(found), found.degraded) == (["passwords"], ("knowledge",))
    before = wire.calls
    await knowledge.search("password")
    assert wire.calls == before, "a service that has just failed is left alone"
    with pytest.raises(Unavailable) as failure:
        await knowledge.check()
    assert failure.value.dependency == "knowledge"


async def test_a_service_out_of_reach_and_one_that_does_not_know_us_are_named_too(wire: SearchWire, folder: Path):
    for credential, endpoint in ((Credential("other"), wire.endpoint), (Credential(), "https://127.0.0.1:1")):
        wire.endpoint = endpoint
        knowledge = over(wire, folder, credential=credential)
        assert (await knowledge.search("password")).degraded == ("knowledge",)
        with pytest.raises(Unavailable):
            await knowledge.check()


async def test_a_service_that_hangs_holds_up_one_search_for_a_while_and_no_other(
    wire: SearchWire, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    knowledge = over(wire, folder)
    await knowledge.search("password")
    monkeypatch.setattr("adapters.searched_knowledge._DEADLINE_S", 0.2)
    wire.delay_s = 60
    before = wire.calls
    for _ in range(2):
        found = await knowledge.search("password")
        assert (names(found), found.degraded) == (["passwords"], ("knowledge",))
    assert wire.calls == before + 1


async def test_meaning_finds_what_shares_no_word_and_only_changes_are_embedded(wire: SearchWire, folder: Path):
    async with embedding_wire() as embedding:
        knowledge = over(wire, folder, Embeddings(read(embedding.settings)))
        assert await knowledge.load() == (14, 0)
        assert len(embedding.texts) == 14
        assert names(await knowledge.search("mein Kennwort")) == ["passwords"]
        assert names(await knowledge.search("xylophone quartet")) == []
        assert embedding.texts[14:] == ["mein Kennwort", "xylophone quartet"]
        name, text = article("cafeteria", "Opening hours", "cafeteria", "## Hours\nFrom nine.")
        (folder / name).write_text(text)
        assert await over(wire, folder, Embeddings(read(embedding.settings))).load() == (1, 0)
        assert len(embedding.texts) == 17


async def test_without_the_embedding_model_words_alone_find(wire: SearchWire, folder: Path):
    async with embedding_wire() as embedding:
        knowledge = over(wire, folder, Embeddings(read(embedding.settings)))
        await knowledge.search("password")
        embedding.status = 503
        found = await knowledge.search("password")
    assert (names(found), found.degraded) == (["passwords"], ("embeddings",))


async def test_what_embedding_costs_is_on_the_account_of_who_asks_and_filling_the_index_on_the_desks(
    wire: SearchWire, folder: Path
):
    ledger, ana = SharedLedger(SharedRedis(None), "acme", Caps()), Payer(work="t-1", requester_id="u-1")
    async with embedding_wire() as embedding:
        priced = embedding.settings | {"MODEL_PRICES_USD": '{"embedder": [1000000, 0]}'}
        knowledge = over(wire, folder, Embeddings(read(priced), ledger=ledger))
        with paid_by(ana):
            await knowledge.search("password")
    today = datetime.now(UTC).date()
    of_ana, of_all = await ledger.day(today, "u-1"), await ledger.day(today)
    assert of_ana.by_agent == {"embeddings": Usage(model_calls=1, input_tokens=1, cost_usd=1.0)}
    assert of_all.usage == Usage(model_calls=2, input_tokens=2, cost_usd=2.0)


class SmallDesk(SmallDirectory):
    def __init__(self, knowledge: Knowledge, models: ChatClients):
        super().__init__()
        self.knowledge, self.models = knowledge, models


async def look_up(request: Recall, desk: Desk) -> Retrieval:
    return await desk.knowledge.search(request.text)


async def fail_after_looking_up(request: Recall, desk: Desk) -> Retrieval:
    await look_up(request, desk)
    raise Permanent("nothing fits")


async def test_what_the_ledger_counts_for_a_ticket_is_what_its_steps_hand_back(
    wire: SearchWire, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    ledger = SharedLedger(SharedRedis(None), "acme", Caps())
    async with embedding_wire() as embedding, openai_wire() as model:
        model.replies = [says(TRIAGE.model_dump_json())]
        priced = embedding.settings | {"MODEL_PRICES_USD": '{"embedder": [1000000, 0]}'}
        desk = SmallDesk(
            over(wire, folder, Embeddings(read(priced), ledger=ledger)),
            chat_clients(wire_settings(model.url), ledger=ledger),
        )
        monkeypatch.setattr(durable, "services", lambda: desk)
        asked = Recall(tenant="acme", ticket_id="t-1", thread="t-1/1", requester=Requester(id="u-1"), text="password")
        steps: list[tuple[Activity, Model]] = [(look_up, asked), (triage, QUESTION), (fail_after_looking_up, asked)]
        outcomes = [await step_of(activity, question) for activity, question in steps]
    of_day = await ledger.day(datetime.now(UTC).date(), "u-1")
    thought = Thought.model_validate(outcomes[1].answer)
    handed_back = [outcome.usage for outcome in outcomes if outcome.usage] + [thought.usage]
    assert [usage.cost_usd for usage in handed_back] == [1.0, 1.0, thought.usage.cost_usd]
    assert sum(handed_back, start=Usage()) == of_day.usage


async def step_of(activity: Activity, question: Model) -> Answered:
    """What an activity hands back to its orchestration, on the account of u-1."""
    context: Any = SimpleNamespace(trace_context=SimpleNamespace(trace_parent=None, trace_state=None))
    given = question.model_dump(mode="json") | {PAYER_KEY: {"work": "t-1", "requester_id": "u-1"}}
    return Answered.model_validate(await durable.run(lambda: activity, given, context))


async def test_at_a_cap_nothing_more_is_embedded_and_words_alone_find(wire: SearchWire, folder: Path):
    ledger = SharedLedger(SharedRedis(None), "acme", Caps(requester=Cap(tokens=1)))
    async with embedding_wire() as embedding:
        knowledge = over(wire, folder, Embeddings(read(embedding.settings), ledger=ledger))
        with paid_by(Payer(requester_id="u-1")):
            first, second = await knowledge.search("password"), await knowledge.search("password")
    assert (first.degraded, second.degraded) == ((), ("embeddings",))
    assert names(second) == ["passwords"]
    assert embedding.texts.count("password") == 1


async def test_an_embedding_model_that_fails_opens_its_circuit(wire: SearchWire, folder: Path):
    guard = SharedGuard(SharedState(SharedRedis(None)), BreakerPolicy(failures=2, reset_s=60, probe_s=5), Limits(), {})
    async with embedding_wire() as embedding:
        knowledge = over(wire, folder, Embeddings(read(embedding.settings), guard))
        await knowledge.search("password")
        embedding.status = 503
        for _ in range(2):
            await knowledge.search("password")
        embedding.status = 200
        found = await knowledge.search("password")
    assert (found.degraded, embedding.texts.count("password")) == (("embeddings",), 1)


async def test_a_model_of_other_dimensions_is_named(wire: SearchWire, folder: Path):
    async with embedding_wire(dimensions=3) as embedding:
        with pytest.raises(Permanent, match="EMBEDDING_DIMENSIONS"):
            await over(wire, folder, Embeddings(read(embedding.settings))).load()
