"""Tickets that people corrected become drafts of cases: masked, and without a word of the desk's own for the truth."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from evaluation.from_archive import Draft, asking, corrections, lines
from evaluation.run import Evaluated
from shared.actions import SetTicketFields
from shared.desk import TicketDocument
from shared.escalations import Escalation
from shared.ratings import Rating
from shared.settings import read
from shared.tickets import Decision, Message
from tests.contract.tickets import NOON, ticket_document

DESK_SAID = "Turn it off and on again."


def escalation(decision: str, **changes: Any) -> Escalation:
    decided = Decision.model_validate(
        {"id": "d", "at": NOON, "decision": decision, "by": "operator", "answer": "Call jo@example.com for a new one.",
         "action_hash": "h", "assign_to": "network"}
    )  # fmt: skip
    plain: dict[str, Any] = {
        "id": "e-h", "reason": "unsure", "opened_at": NOON, "rung": 1, "assigned_to": "desk", "action_hash": "h",
        "proposed_answer": DESK_SAID, "decided": decided,
    }  # fmt: skip
    return Escalation.model_validate(plain | changes)


def rating(score: int, comment: str | None = None) -> Rating:
    return Rating(ticket_id="t-1", episode=1, score=score, comment=comment, at=datetime(2026, 3, 3, tzinfo=UTC))


def ticket(**changes: Any) -> TicketDocument:
    plain: dict[str, Any] = {"tenant": "default", "answer": DESK_SAID, "category": "printing", "status": "resolved"}
    return ticket_document(**(plain | changes))


SETS = (SetTicketFields(category="hardware", priority="P2"),)


@pytest.mark.parametrize(
    ("given", "rated", "why"),
    [
        ({}, (), ()),
        ({}, (rating(5),), ()),
        ({"escalation": escalation("approve")}, (), ()),
        ({"escalation": escalation("answer", proposed_answer=None)}, (), ()),
        ({"escalation": escalation("answer")}, (), ("a person decided otherwise than proposed: answer",)),
        ({"escalation": escalation("reassign")}, (), ("a person decided otherwise than proposed: reassign",)),
        ({"escalation": escalation("approve", actions=SETS)}, (), ("a person had the ticket's fields changed",)),
        ({"episode": 3}, (), ("it was opened again, 2 times",)),
        ({}, (rating(2), rating(4)), ("rated 2 of 5",)),
    ],
)
def test_only_what_people_corrected_becomes_a_case(
    given: dict[str, Any], rated: tuple[Rating, ...], why: tuple[str, ...]
):
    assert corrections(ticket(**given), rated) == why


async def test_drafts_are_masked_and_hold_what_people_said_and_nothing_of_the_desks(tmp_path: Path):
    on = Evaluated(read({"ARCHIVE_PATH": str(tmp_path / "a.db"), "DIRECTORY_PATH": str(tmp_path / "d.db")}))
    asked = Message(id="m", sender="requester", text="Still dead, my number is +44 20 7946 0958.", at=NOON)
    note = Message(id="n", sender="operator", text="Known to be slow.", at=NOON)
    await on.archive.put(ticket(id="kept", messages=(asked, note), escalation=escalation("answer")))
    await on.archive.put(ticket(id="set", escalation=escalation("approve", actions=SETS)))
    await on.archive.put(ticket(id="fine"))
    await on.archive.put(ticket(id="rated"))
    bad = Rating(ticket_id="rated", episode=1, score=1, comment="useless, write to me@example.com", at=NOON)
    await on.ratings.add("default", bad)

    async def describe(ticket_id: str) -> str | None:
        return "It blinks, write to jo@example.com" if ticket_id == "kept" else None

    written = await lines(on, describe)
    found = {draft.id: draft for draft in map(Draft.model_validate_json, written)}
    assert set(found) == {"kept", "set", "rated"}
    assert found["kept"].text.startswith("It blinks")
    assert "Still dead" in found["kept"].text
    assert "Call" in (found["kept"].by_person or "")
    assert (found["kept"].categories, found["set"].categories, found["set"].priorities) == ((), ("hardware",), ("P2",))
    assert "useless" in (found["rated"].comment or "")
    for unwanted in ("example.com", "7946", DESK_SAID, "printing", "Known to be slow"):
        assert unwanted not in "\n".join(written)


async def test_a_running_desk_is_asked_for_first_words():
    async def get(request: web.Request) -> web.Response:
        assert request.headers["x-functions-key"] == "opener"
        return web.json_response({"id": request.match_info["id"], "description": "It blinks."})

    app = web.Application()
    app.router.add_get("/api/tickets/{id}", get)
    async with TestServer(app) as desk, asking(str(desk.make_url("")).rstrip("/"), "opener") as describe:
        assert await describe("t-1") == "It blinks."


async def test_without_a_running_desk_first_words_are_left_out():
    async with asking(None, None) as describe:
        assert await describe("t-1") is None
