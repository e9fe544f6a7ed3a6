"""What agents may look up: of other people only what the requester may see, and never more than fits."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from agent_framework import FunctionInvocationContext, FunctionTool

from adapters.archive import SqliteArchive
from adapters.directory import FileDirectory
from adapters.effects import SqliteEffects
from agents.tools import MOST_CHARS, MOST_ITEMS, MOST_TICKETS, Asker, asker_of, read_only_tools
from shared.content import ContentQuestion
from shared.thinking import Profile, Recollection, ServiceState
from shared.tickets import Requester
from tests.contract.model_cases import QUESTION, SmallDirectory
from tests.contract.tickets import ticket_document

ROOT = Path(__file__).parents[2]
ALL = ("lookup_user", "service_status", "known_incidents", "similar_tickets", "ticket_history")
ANALYST, LEAD, PEER, DIRECTOR, PEOPLE = "u-1001", "u-1004", "u-1005", "u-1012", "u-1009"
MARK = "PRIVATE"


class Here:
    """The shipped directory and an archive of the test's own."""

    tenant = "acme"

    def __init__(self, folder: Path):
        self.directory = FileDirectory(
            ROOT / "samples" / "directory", SqliteEffects(folder / "directory.db", "directory")
        )
        self.archive = SqliteArchive(folder / "archive.db")


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


async def told(lookups: Any, tool: str, asker: Asker | None, **arguments: Any) -> Any:
    (found,) = read_only_tools((tool,), lookups)
    function = cast(FunctionTool, found)
    kwargs = {"asker": asker} if asker is not None else {}
    context = FunctionInvocationContext(function=function, arguments=arguments, kwargs=kwargs)
    (content,) = await function.invoke(arguments=arguments, context=context)
    return json.loads(str(content.text))


async def seen(here: Here, asker_id: str, user_id: str) -> Any:
    return (await told(here, "lookup_user", Asker(asker_id, asker_id), user_id=user_id))["found"]


async def test_of_oneself_everything_is_shown(here: Here):
    found = await seen(here, ANALYST, ANALYST)
    assert (found["display_name"], found["locked"]) == ("Finance analyst 1", False)
    assert found["groups"] == ["staff", "finance-read"]
    assert found["devices"]


async def test_of_somebody_one_manages_also_whether_they_are_locked_out(here: Here):
    assert set(await seen(here, LEAD, ANALYST)) == {"id", "known", "display_name", "department", "locked"}


@pytest.mark.parametrize("other", [PEER, LEAD])
async def test_of_colleagues_and_of_ones_manager_name_and_department(here: Here, other: str):
    assert set(await seen(here, ANALYST, other)) == {"id", "known", "display_name", "department"}


@pytest.mark.parametrize("other", [PEOPLE, DIRECTOR])
@pytest.mark.parametrize("asker", [ANALYST, "u-404", ""])
async def test_of_anybody_else_only_that_the_directory_knows_them(here: Here, asker: str, other: str):
    assert await seen(here, asker, other) == {"id": other, "known": True}
    assert await seen(here, asker, "u-404") == {"id": "u-404", "known": False}


async def test_nobody_is_shown_anything_where_no_requester_asks(here: Here):
    assert asker_of(ContentQuestion(topic="VPN")) == Asker()
    found = await told(here, "lookup_user", None, user_id=ANALYST)
    assert found["found"] == {"id": ANALYST, "known": True}
    assert (await told(here, "ticket_history", None))["found"] == []


@pytest.mark.parametrize("name", ALL)
def test_no_argument_says_who_is_asking(name: str):
    (found,) = read_only_tools((name,), SmallDirectory())
    arguments = cast(FunctionTool, found).parameters().get("properties", {})
    assert not {"asker", "requester_id", "tenant", "ctx"} & set(arguments)
    assert cast(FunctionTool, found).description


def test_whoever_the_directory_knows_is_asked_for_by_its_own_id():
    found = Recollection(profile=Profile(id="u-1001", known=True))
    question = QUESTION.model_copy(update={"requester_id": "mail-4711", "recollection": found})
    assert asker_of(question) == Asker("mail-4711", "u-1001", question.ticket_id)


async def test_history_is_the_requesters_own_and_leaves_out_the_ticket_in_hand(here: Here):
    for number, owner in enumerate((ANALYST, PEER, ANALYST, f"{ANALYST}%", ANALYST.upper())):
        words = {"subject": f"{owner} {number}", "answer": "Call +49 151 23456789", "status": "resolved"}
        await here.archive.put(ticket_document(id=f"t{number}", requester=Requester(id=owner), **words))
    found = await told(here, "ticket_history", Asker(ANALYST, ANALYST, "t0"))
    assert [ticket["id"] for ticket in found["found"]] == ["t2"]
    assert "23456789" not in json.dumps(found)


async def test_what_resolved_tickets_of_others_say_is_masked_and_says_not_whose_they_are(here: Here):
    words = {"subject": "VPN drops for ada@example.com", "answer": "Rejoin, or call +49 151 23456789."}
    document = ticket_document(id="t9", requester=Requester(id=PEER, name=MARK), status="resolved", **words)
    await here.archive.put(document)
    found = await told(here, "similar_tickets", Asker(ANALYST, ANALYST), text="VPN drops rejoin")
    assert [ticket["id"] for ticket in found["found"]] == ["t9"]
    assert not [private for private in ("ada@", "23456789", PEER, MARK) if private in json.dumps(found)]


@pytest.mark.parametrize(("part", "ids"), [(None, 3), ("vpn", 1), ("Print", 1), ("coffee", 0)])
async def test_incidents_are_found_by_service(here: Here, part: str | None, ids: int):
    found = await told(here, "known_incidents", None, name=part)
    assert len(found["found"]) == ids


class Talkative(SmallDirectory):
    async def services(self) -> tuple[ServiceState, ...]:
        one = ServiceState(id="vpn", name="VPN", status="outage", note="x" * 100_000)
        return (one,) * 500


async def test_what_a_tool_tells_is_bounded():
    found = (await told(Talkative(), "service_status", None))["found"]
    assert len(found) == MOST_ITEMS
    assert max(len(state["note"]) for state in found) <= MOST_CHARS + len(" (cut off)")


async def test_history_is_bounded(here: Here):
    for number in range(MOST_TICKETS + 4):
        await here.archive.put(ticket_document(id=f"t{number}", requester=Requester(id=ANALYST)))
    assert len((await told(here, "ticket_history", Asker(ANALYST, ANALYST)))["found"]) == MOST_TICKETS


@pytest.mark.parametrize("name", ["similar_tickets", "ticket_history"])
async def test_a_source_that_is_down_is_named_and_fails_nothing(name: str):
    arguments = {"text": "VPN"} if name == "similar_tickets" else {}
    assert await told(SmallDirectory(), name, Asker("u-1", "u-1"), **arguments) == {"degraded": ["archive"]}
