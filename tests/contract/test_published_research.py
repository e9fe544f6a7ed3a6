"""A researcher with sources of its own: what was published is given, cited by its address, and named."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from activities.collaborate import investigate
from adapters.models import chat_clients
from agents.research import check_research
from shared.collaboration import Material, Research, ResearchItem, ResearchQuestion
from shared.ports import Desk
from shared.sources import SourceItem, SourceItems
from tests.contract.model_cases import offline_settings
from tests.contract.test_collaborating_agents import SmallDesk

ITEM = SourceItem(
    title="VPN gateway update breaks Wi-Fi roaming",
    url="https://news.example/vpn",
    source="News (news.example)",
    published=datetime(2026, 11, 19, tzinfo=UTC),
    summary="A gateway update drops VPN sessions on Wi-Fi.",
)
QUESTION = ResearchQuestion(tenant="default", query="VPN drops on Wi-Fi", role="web")


class Shelf:
    """Sources that hold what a test puts there."""

    def __init__(self, found: SourceItems):
        self.found = found
        self.asked: list[tuple[str, Any]] = []

    async def fetch(self, topic: str, **how: Any) -> SourceItems:
        self.asked.append((topic, how["query"]))
        return self.found


async def researched(folder: Path, found: SourceItems) -> tuple[Research, tuple[str, ...], Shelf]:
    desk = SmallDesk(chat_clients(offline_settings()), folder)
    shelf = Shelf(found)
    desk.sources = cast(Any, shelf)
    thought = await investigate(QUESTION, cast(Desk, desk))
    return Research.model_validate(thought.answer), thought.degraded, shelf


async def test_what_was_published_is_cited_by_its_address(tmp_path: Path):
    found, degraded, shelf = await researched(tmp_path, SourceItems(items=(ITEM,), asked=("news.example",)))
    assert found.items[0].source == ITEM.url
    assert found.summary.endswith("(Worked from: knowledge base, news.example.)")
    assert (degraded, shelf.asked) == ((), [("web", QUESTION.query)])


async def test_without_sources_it_says_that_it_had_the_knowledge_base_alone(tmp_path: Path):
    found, _, _ = await researched(tmp_path, SourceItems())
    assert found.summary.endswith("(Worked from: knowledge base.)")


async def test_a_source_that_failed_is_named_and_the_answer_stands(tmp_path: Path):
    found, degraded, _ = await researched(tmp_path, SourceItems(failed=("news.example: answered 503",)))
    assert degraded == ("source:news.example",)
    assert "Without source:news.example: answered 503." in found.summary
    assert found.items


@pytest.mark.parametrize(("source", "known"), [(ITEM.url, True), ("https://invented.example/", False)])
def test_an_address_that_was_not_given_is_no_source(source: str, known: bool):
    answer = Research(summary="s", items=(ResearchItem(title="t", text="x", source=source),), confidence=0.5)
    question = QUESTION.model_copy(update={"material": Material(published=(ITEM,))})
    assert (check_research(answer, question) is None) is known
