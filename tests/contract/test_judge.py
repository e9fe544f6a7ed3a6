"""The judge of answers over the OpenAI wire: what it is shown, what becomes of its marks, and when nobody is asked."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from evaluation.judging import judge
from evaluation.metrics import Judged
from evaluation.run import Evaluated
from shared.settings import read
from shared.thinking import Passage
from shared.untrusted import unmarked
from tests.contract.model_cases import wire_settings
from tests.contract.openai_wire import OpenAIWire, answers, openai_wire
from tests.unit.test_evaluation import case, outcome

MARKS: dict[str, Any] = {
    "grounded": 5, "helpful": 4, "complete": 3, "clear": 5, "safe": 5, "why": "it leaves out the cable",
}  # fmt: skip
STEPS = Passage(article_id="vpn", title="VPN", section="Steps", text="Forget the network.", score=1.0)


@pytest.fixture
async def wire() -> AsyncIterator[OpenAIWire]:
    async with openai_wire() as wire:
        yield wire


def on_wire(wire: OpenAIWire, folder: Path) -> Evaluated:
    stores = {"ARCHIVE_PATH": str(folder / "a.db"), "DIRECTORY_PATH": str(folder / "d.db")}
    return Evaluated(wire_settings(wire.url, **stores))


def answered(**changes: Any) -> Judged:
    return case(text="It drops."), outcome(answer="Forget the network.", quoted=[STEPS.model_dump()], **changes)


async def test_the_judge_sees_ticket_answer_and_sources_and_its_marks_are_kept_with_their_cost(
    wire: OpenAIWire, tmp_path: Path
) -> None:
    wire.replies = [answers(**MARKS)]
    scored = await judge([answered()], on_wire(wire, tmp_path))
    assert scored is not None
    assert (scored.marks["one"].share, scored.mean("helpful")) == (22 / 25, 4)
    assert scored.usage.cost_usd > 0
    (request,) = wire.requests
    shown = json.loads(unmarked(request["messages"][-1]["content"]))
    assert (shown["text"], shown["answer"]) == ("It drops.", "Forget the network.")
    assert shown["passages"][0]["text"] == "Forget the network."


async def test_marks_that_do_not_hold_are_asked_for_once_more_and_then_told_as_failed(
    wire: OpenAIWire, tmp_path: Path
) -> None:
    wire.replies = [answers(**MARKS | {"safe": 9}), answers(**MARKS | {"why": " "})]
    scored = await judge([answered()], on_wire(wire, tmp_path))
    assert scored is not None
    assert (len(wire.requests), scored.marks) == (2, {})
    assert "why" in scored.failed["one"]


async def test_what_a_person_answered_is_not_the_desks_to_be_judged(wire: OpenAIWire, tmp_path: Path) -> None:
    assert await judge([answered(status="escalated")], on_wire(wire, tmp_path)) is None
    assert wire.requests == []


async def test_with_the_offline_rules_nobody_judges(tmp_path: Path) -> None:
    stores = {"ARCHIVE_PATH": str(tmp_path / "a.db"), "DIRECTORY_PATH": str(tmp_path / "d.db")}
    assert await judge([answered()], Evaluated(read(stores))) is None
