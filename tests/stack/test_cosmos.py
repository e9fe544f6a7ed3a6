"""A desk that keeps in Cosmos DB what instances share: as good a desk, and no file is left behind."""

from collections.abc import Generator
from pathlib import Path

import pytest

from adapters.cosmos_containers import CONTAINERS
from tests.contract.cosmos_wire import ACCOUNT_KEY, CosmosWire, cosmos_wire
from tests.stack.desk import Desk, running, sample, until


@pytest.fixture(scope="module")
def wire() -> Generator[CosmosWire]:
    with cosmos_wire() as wire:
        wire.make("helpdesk", CONTAINERS)
        yield wire


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cosmos")


@pytest.fixture(scope="module")
def cosmos_desk(folder: Path, wire: CosmosWire) -> Generator[Desk]:
    settings = {"COSMOS_ENDPOINT": wire.url, "COSMOS_KEY": ACCOUNT_KEY, "RETRY_FIRST_DELAY_S": "0.2"}
    with running(folder, settings) as desk:
        yield desk


def test_a_ticket_goes_its_whole_way(cosmos_desk: Desk, folder: Path) -> None:
    desk = cosmos_desk
    answered = desk.resolved()
    assert [ticket["id"] for ticket in desk.find(status="resolved")["items"]] == [answered["id"]]
    assert [ticket["id"] for ticket in desk.find(q=answered["subject"].split()[0][:3])["items"]] == [answered["id"]]
    happened = {event["type"] for event in desk.api.get(f"/tickets/{answered['id']}/events").json()["items"]}
    assert "helpdesk.ticket.resolved" in happened
    counted = until(
        lambda: desk.api.get("/metrics/events").json()["items"], lambda counts: len(counts) == len(happened)
    )
    assert {count["type"] for count in counted} == happened
    assert desk.api.get("/dashboard").json()["window"] == "24h"
    assert not [path for name in ("archive.db", "audit.db", "directory.db") for path in folder.rglob(name)]


def test_what_a_person_decides_is_audited(cosmos_desk: Desk) -> None:
    waiting = cosmos_desk.escalated()
    decided = cosmos_desk.decide(waiting["id"], "approve", action_hash=waiting["escalation"]["action_hash"])
    assert decided.status_code == 202, decided.text
    cosmos_desk.until_status(waiting["id"], "resolved")
    lines = cosmos_desk.api.get("/audit", params={"target": f"ticket:{waiting['id']}"}).json()["items"]
    assert "ticket.approve" in [line["act"] for line in lines]
    assert cosmos_desk.api.get("/audit/verification").json()["intact"]


def test_an_account_that_fails_is_named_and_missed_only_while_it_lasts(cosmos_desk: Desk, wire: CosmosWire) -> None:
    wire.fail_next(503, times=10_000)
    try:
        health = until(lambda: cosmos_desk.api.get("/health"), lambda answer: answer.status_code == 503).json()
        ticket = cosmos_desk.open(sample("Approval"))
    finally:
        wire.calm()
    assert "archive" in health["down"]
    cosmos_desk.until_status(ticket, "escalated")
