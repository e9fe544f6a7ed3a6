"""A desk on the OpenAI wire, by settings alone: each fault of the model has one outcome; costs are known and capped."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.model_server import ANSWERS
from tests.stack.desk import Desk, Json, running, sample
from tests.stack.faulty_model import FaultyModel
from tests.stack.model import serving

FAULTS = {
    "429": "429",
    "500": "500",
    "503": "503",
    "400": "400",
    "filter on input": "content filter",
    "filter on output": "content filter",
    "cut connection": "reached",
    "cut within": "the model",
    "overlong": "too long",
    "empty": "JSON",
    "no json": "JSON",
    "html": "could not be read",
    "invented category": "category",
    "unknown tool": "triage-analyst",
}
"""What the person reads who gets the ticket."""
COSTS = ("overlong", "empty", "no json", "invented category")
"""Faults that come in answers that were paid for: two, since each is asked for once more."""
SETTINGS = {
    "RETRY_COUNT": "1", "RETRY_FIRST_DELAY_S": "0.1", "BREAKER_FAILURES": "1000", "MODEL_TIMEOUT_S": "5",
    "CACHE_TTL_S": "0",
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Iterator[FaultyModel]:
    with serving(FaultyModel(**ANSWERS)) as model:
        assert isinstance(model, FaultyModel)
        yield model


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory, model: FaultyModel) -> Iterator[Desk]:
    with running(tmp_path_factory.mktemp("faulty"), model.settings | SETTINGS) as desk:
        yield desk


@pytest.fixture(scope="module")
def escalated(faulty: Desk) -> dict[str, Json]:
    """One ticket for each fault, all in work at once."""
    handed_in = {fault: faulty.open(sample(subject=f"fault: {fault}")) for fault in FAULTS}
    return {fault: faulty.until_status(ticket, "escalated") for fault, ticket in handed_in.items()}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_model_brings_the_ticket_to_a_person_with_the_reason(escalated: dict[str, Json], fault: str):
    assert FAULTS[fault] in escalated[fault]["escalation"]["reason"]


@pytest.mark.parametrize("fault", COSTS)
def test_what_a_refused_answer_cost_stands_on_the_ticket(escalated: dict[str, Json], fault: str):
    usage = escalated[fault]["usage"]
    assert (usage["model_calls"], usage["input_tokens"]) == (2, 200)
    assert usage["cost_usd"] == pytest.approx(2 * (100 * 1.0 + 20 * 2.0) / 1_000_000)


def test_a_simple_ticket_approved_at_first_review_costs_three_calls_that_are_counted(faulty: Desk, model: FaultyModel):
    before = faulty.api.get("/usage", params={"requester": "u-count"}).json()["usage"]["model_calls"]
    ticket = faulty.resolved(sample(subject="Counting", requester={"id": "u-count"}))
    assert len(model.asked_about("Counting")) == 3
    assert ticket["usage"]["model_calls"] == 3
    shown = faulty.api.get("/usage", params={"requester": "u-count"}).json()
    assert shown["usage"]["model_calls"] - before == 3
    assert set(shown["by_agent"]) == {"triage-analyst", "resolver", "reviewer"}
    assert shown["usage"]["cost_usd"] == pytest.approx(ticket["usage"]["cost_usd"])


def test_two_tickets_share_all_of_a_prompt_but_what_they_are_about(faulty: Desk, model: FaultyModel):
    """What a model may have cached is the longest common beginning of two requests."""
    for subject in ("First of two", "Second of two"):
        faulty.resolved(sample(subject=subject))
    pairs = zip(model.asked_about("First of two"), model.asked_about("Second of two"), strict=True)
    for one, other in pairs:
        assert one["messages"][0]["role"] == "system"
        assert one["messages"][0] == other["messages"][0]
        assert one.get("tools") == other.get("tools")
        assert one["response_format"] == other["response_format"]


def test_at_its_cap_a_ticket_goes_to_a_person_and_a_conversation_says_so(tmp_path: Path, model: FaultyModel):
    with running(tmp_path, model.settings | SETTINGS | {"BUDGET_REQUESTER_DAY_TOKENS": "200"}) as desk:
        ticket = desk.until_status(desk.open(sample(requester={"id": "u-1002"})), "escalated")
        assert "budget: 240 of 200 tokens a day used up" in ticket["escalation"]["reason"]
        assert ticket["usage"]["model_calls"] == 2, "no call after the cap"
        thread = desk.api.post("/conversations", json={"requester": {"id": "u-1002"}}).json()["thread"]
        told = desk.api.post(f"/conversations/{thread}/messages", json={"text": "My VPN drops."}).json()
        assert told["status"] == "over_budget"
        assert told["answer"]
