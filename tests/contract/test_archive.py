"""The archive's contract, over SQLite and Cosmos DB."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from adapters.archive import SqliteArchive
from adapters.cosmos_account import Cosmos
from adapters.cosmos_archive import CosmosArchive
from adapters.paging import LARGEST_PAGE
from shared.archives import Archive, TicketQuery
from shared.errors import InvalidCursor, Unavailable
from shared.escalations import Escalation
from shared.tickets import Decision, Requester
from tests.contract.tickets import NOON, ticket_document

ALL = TicketQuery(tenant="acme")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "archive.db"


@pytest.fixture
def in_file(path: Path) -> Iterator[SqliteArchive]:
    archive = SqliteArchive(path)
    yield archive
    archive.close()


@pytest.fixture(params=["in_file", "in_cosmos"])
def archive(request: pytest.FixtureRequest) -> Archive:
    return request.getfixturevalue(request.param)


@pytest.fixture
def in_cosmos(cosmos: Cosmos) -> CosmosArchive:
    return CosmosArchive(cosmos)


def escalation(**changes: Any) -> Escalation:
    values: dict[str, Any] = {
        "id": "1-1-x", "reason": "r", "opened_at": NOON, "rung": 1, "assigned_to": "second-line", "action_hash": "x",
    }  # fmt: skip
    return Escalation(**(values | changes))


async def ids(archive: Archive, query: TicketQuery) -> list[str]:
    return [document.id for document in (await archive.find(query)).items]


async def test_a_document_comes_back_as_it_was_written(archive: Archive):
    document = ticket_document(answer="Réimprimez 🖨", reasons=("a", "b"), priority="P2")
    assert await archive.put(document)
    assert await archive.get("acme", "t-1") == document


async def test_an_unknown_ticket_is_none(archive: Archive):
    assert await archive.get("acme", "t-404") is None


async def test_an_older_or_equal_version_is_ignored(archive: Archive):
    await archive.put(ticket_document(version=3, subject="third"))
    assert not await archive.put(ticket_document(version=3, subject="another third"))
    assert not await archive.put(ticket_document(version=2, subject="second"))
    kept = await archive.get("acme", "t-1")
    assert kept is not None
    assert kept.subject == "third"


async def test_a_newer_version_moves_the_ticket_between_the_filters(archive: Archive):
    await archive.put(ticket_document(version=1, status="new"))
    await archive.put(ticket_document(version=2, status="resolved", priority="P3", category="printing"))
    assert await ids(archive, TicketQuery(tenant="acme", status=("new",))) == []
    full = TicketQuery(tenant="acme", status=("resolved",), priority=("P3",), category="printing")
    assert await ids(archive, full) == ["t-1"]


async def test_filters_are_combined(archive: Archive):
    await archive.put(ticket_document(id="a", status="resolved", priority="P1"))
    await archive.put(ticket_document(id="b", status="resolved", priority="P2"))
    await archive.put(ticket_document(id="c", status="escalated", priority="P1"))
    assert await ids(archive, TicketQuery(tenant="acme", status=("resolved",), priority=("P1",))) == ["a"]


async def test_a_filter_of_several_values_finds_any_of_them(archive: Archive):
    for status in ("new", "escalated", "resolved"):
        await archive.put(ticket_document(id=status, status=status))
    found = await ids(archive, TicketQuery(tenant="acme", status=("new", "escalated")))
    assert sorted(found) == ["escalated", "new"]


async def test_tickets_are_found_by_requester_by_batch_and_by_whom_they_wait_for(archive: Archive):
    waiting = escalation()
    await archive.put(ticket_document(id="a", requester=Requester(id="u-2"), batch_id="b-1"))
    await archive.put(ticket_document(id="b", status="escalated", escalation=waiting))
    await archive.put(ticket_document(id="c", status="resolved", escalation=waiting))
    assert await ids(archive, TicketQuery(tenant="acme", requester="u-2")) == ["a"]
    assert await ids(archive, TicketQuery(tenant="acme", batch="b-1")) == ["a"]
    assert await ids(archive, TicketQuery(tenant="acme", assigned_to="second-line")) == ["b"]
    assert await ids(archive, TicketQuery(tenant="acme", assigned_to="nobody")) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("printer", ["b", "a"]), ("PRINT floor", ["a"]), ("überstunden", ["c"]), ("uberst", ["c"]), ("ada@exa", ["b"]),
        ("EXT-77", ["c"]), ("nothing", []), ('" OR *', []), ("NOT printer", []), ("-", []), ("subject:printer", []),
    ],
)  # fmt: skip
async def test_tickets_are_found_by_the_beginnings_of_words(archive: Archive, words: str, found: list[str]):
    await archive.put(ticket_document(id="a", created_at=NOON))
    later = NOON + timedelta(hours=1)
    ada = Requester(id="u-2", email="ada@example.com")
    await archive.put(
        ticket_document(id="b", subject="Toner", answer="The printer is new.", requester=ada, created_at=later)
    )
    await archive.put(ticket_document(id="c", subject="Überstunden", external_id="EXT-77", created_at=later))
    await archive.put(ticket_document(id="d", tenant="other"))
    assert await ids(archive, TicketQuery(tenant="acme", words=words)) == found


async def test_a_ticket_is_found_by_what_it_says_now(archive: Archive):
    await archive.put(ticket_document(version=1, subject="Mouse"))
    await archive.put(ticket_document(version=2, subject="Keyboard"))
    assert await ids(archive, TicketQuery(tenant="acme", words="mouse")) == []
    assert await ids(archive, TicketQuery(tenant="acme", words="keyboard")) == ["t-1"]


async def test_tenants_do_not_see_each_others_tickets(archive: Archive):
    await archive.put(ticket_document(tenant="acme", subject="ours"))
    await archive.put(ticket_document(tenant="other", subject="theirs"))
    ours = await archive.get("acme", "t-1")
    assert ours is not None
    assert ours.subject == "ours"
    assert len((await archive.find(ALL)).items) == 1
    assert await archive.get("third", "t-1") is None


async def test_newest_come_first_whatever_zone_their_times_are_written_in(archive: Archive):
    tokyo = timezone(timedelta(hours=9))
    await archive.put(ticket_document(id="early", created_at=datetime(2026, 3, 2, 20, 0, tzinfo=tokyo)))
    await archive.put(ticket_document(id="noon", created_at=NOON))
    await archive.put(ticket_document(id="late", created_at=NOON + timedelta(microseconds=1)))
    assert await ids(archive, ALL) == ["late", "noon", "early"]


async def test_pages_have_no_gap_and_no_repeat_when_tickets_share_a_moment_and_others_arrive(
    archive: Archive,
):
    for number in range(23):
        await archive.put(ticket_document(id=f"t-{number:02}", created_at=NOON + timedelta(seconds=number // 5)))
    seen: list[str] = []
    cursor = None
    while True:
        page = await archive.find(TicketQuery(tenant="acme", limit=4, cursor=cursor))
        seen.extend(document.id for document in page.items)
        cursor = page.next_cursor
        await archive.put(ticket_document(id=f"new-{len(seen)}", created_at=NOON + timedelta(hours=1)))
        if cursor is None:
            break
    assert seen == [f"t-{number:02}" for number in reversed(range(23))]


async def test_a_last_page_that_is_just_full_has_no_cursor(archive: Archive):
    await archive.put(ticket_document(id="a"))
    await archive.put(ticket_document(id="b"))
    assert (await archive.find(TicketQuery(tenant="acme", limit=2))).next_cursor is None


async def test_a_page_is_never_larger_than_the_largest(in_file: Archive):
    for number in range(LARGEST_PAGE + 1):
        await in_file.put(ticket_document(id=f"t-{number}"))
    assert len((await in_file.find(TicketQuery(tenant="acme", limit=10**9))).items) == LARGEST_PAGE


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "e30", "bnVsbA", "WzEsMl0", "WyJ4IiwieSJd", "ü", "' OR 1=1 --", "A" * 100_000, "W1tb" * 20_000],
)
async def test_a_cursor_it_did_not_give_is_refused(archive: Archive, cursor: str):
    with pytest.raises(InvalidCursor):
        await archive.find(TicketQuery(tenant="acme", cursor=cursor))


async def test_similar_tickets_are_resolved_ones_that_share_telling_words(archive: Archive):
    solved = {"status": "resolved", "answer": "Switch the printer on again.", "category": "printing"}
    await archive.put(ticket_document(id="printers", **solved))
    await archive.put(ticket_document(id="vpn", subject="VPN is slow", status="resolved", answer="Reconnect."))
    await archive.put(ticket_document(id="open", answer=None))
    found = await archive.similar("acme", "Two printers show OFFLINE again", 5)
    assert [(ticket.id, ticket.category) for ticket in found] == [("printers", "printing")]


async def test_similar_ignores_accents(archive: Archive):
    await archive.put(ticket_document(subject="Écran cassé", status="closed", answer="Remplacé."))
    assert [ticket.id for ticket in await archive.similar("acme", "mon ecran est casse", 5)] == ["t-1"]


@pytest.mark.parametrize("route", ["screened_out", "not_a_ticket"])
async def test_similar_never_shows_what_was_screened_out(archive: Archive, route: str):
    await archive.put(ticket_document(status="resolved", answer="Refused.", route=route))
    assert await archive.similar("acme", "printer offline", 5) == ()


async def test_a_reopened_ticket_is_no_longer_similar_until_it_is_resolved_again(archive: Archive):
    await archive.put(ticket_document(version=1, status="resolved", answer="Done."))
    await archive.put(ticket_document(version=2, status="in_progress", answer="Done."))
    assert await archive.similar("acme", "printer offline", 5) == ()
    await archive.put(ticket_document(version=3, status="resolved", answer="Done."))
    assert len(await archive.similar("acme", "printer offline", 5)) == 1


async def test_similar_stays_within_the_tenant(archive: Archive):
    await archive.put(ticket_document(tenant="other", status="resolved", answer="Done."))
    assert await archive.similar("acme", "printer offline", 5) == ()


@pytest.mark.parametrize(
    "text",
    ["", "   ", '"', 'subject:"', "NEAR(a b)", "* OR NOT AND", "\x00\x01", "(" * 20_000, "printer " * 2_500],
)
async def test_no_text_is_an_operator_of_the_search(archive: Archive, text: str):
    await archive.put(ticket_document(status="resolved", answer="Switch it on."))
    found = await archive.similar("acme", text, 5)
    assert [ticket.id for ticket in found] == (["t-1"] if "printer" in text else [])


async def test_only_resolved_and_waiting_tickets_whose_window_has_passed_are_due_to_close(archive: Archive):
    def at(hours: int) -> datetime:
        return NOON + timedelta(hours=hours)

    await archive.put(ticket_document(id="second", status="resolved", closes_at=at(0)))
    await archive.put(ticket_document(id="first", status="waiting_for_requester", closes_at=at(-2)))
    await archive.put(ticket_document(id="later", status="resolved", closes_at=at(1)))
    await archive.put(ticket_document(id="closed", status="closed", closes_at=at(-2)))
    await archive.put(ticket_document(id="never", status="resolved"))
    due = await archive.due_to_close(NOON, 10)
    assert [document.id for document in due] == ["first", "second"]
    assert [document.id for document in await archive.due_to_close(NOON, 1)] == ["first"]


WRITER = """
import asyncio, sys
from adapters.archive import SqliteArchive
from shared.tickets import Decision, Requester
from tests.contract.tickets import ticket_document

async def main(path, name):
    archive = SqliteArchive(path)
    for number in range(60):
        await archive.put(ticket_document(id=f"{name}-{number}"))
        await archive.put(ticket_document(id="shared", version=number + 1, subject=f"version {number + 1}"))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_several_processes_write_at_once_and_nothing_is_lost(in_file: Archive, path: Path):
    writers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, str(path), name, cwd=Path(__file__).parents[2]
        )
        for name in ("a", "b", "c")
    ]
    async with asyncio.timeout(60):
        assert [await writer.wait() for writer in writers] == [0, 0, 0]
    for name in ("a", "b", "c"):
        assert await in_file.get("acme", f"{name}-59")
    assert len((await in_file.find(TicketQuery(tenant="acme", limit=200))).items) == 181
    shared = await in_file.get("acme", "shared")
    assert shared is not None
    assert shared.subject == "version 60"


async def test_while_another_process_writes_reads_go_on_and_the_event_loop_too(in_file: Archive, path: Path):
    await in_file.put(ticket_document())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(in_file.put(ticket_document(version=2)))
    for _ in range(20):
        before = await in_file.get("acme", "t-1")
        assert before is not None
        assert before.version == 1
    assert not writing.done()
    other.execute("ROLLBACK")
    other.close()
    assert await writing


async def test_a_healthy_archive_passes_its_check(archive: Archive):
    await archive.check()


async def test_what_is_no_database_is_unavailable_by_name(tmp_path: Path):
    path = tmp_path / "archive.db"
    path.write_text("this is not a database, and it is longer than a header of one hundred bytes" * 3)
    for call in (SqliteArchive(path).check(), SqliteArchive(path).put(ticket_document())):
        with pytest.raises(Unavailable) as failure:
            await call
        assert failure.value.dependency == "archive"


async def test_a_folder_that_cannot_be_made_is_unavailable_and_recovers_when_it_can(tmp_path: Path):
    obstacle = tmp_path / "data"
    obstacle.write_text("in the way")
    archive = SqliteArchive(obstacle / "archive.db")
    with pytest.raises(Unavailable):
        await archive.check()
    obstacle.unlink()
    await archive.check()
    archive.close()


def test_building_it_touches_nothing(path: Path):
    SqliteArchive(path)
    assert not path.parent.exists()


async def test_standing_tells_open_tickets_with_their_clocks(archive: Archive):
    escalated = ticket_document(id="t-2", status="escalated", priority="P1", escalation=escalation(opened_at=NOON))
    for document in (ticket_document(), escalated, ticket_document(id="t-3", status="resolved")):
        await archive.put(document)
    await archive.put(ticket_document(id="t-4", tenant="other"))
    standing = await archive.standing("acme", NOON)
    found = {ticket.id: ticket for ticket in standing.open}
    assert found.keys() == {"t-1", "t-2"}
    assert found["t-1"].clocks == ticket_document().clocks
    assert found["t-1"].escalated_at is None
    assert (found["t-2"].priority, found["t-2"].escalated_at) == ("P1", NOON)


async def test_standing_counts_what_was_decided_on_proposals(archive: Archive):
    approved = Decision(decision="approve", by="ops", at=NOON, id="d-1", action_hash="x")
    answered = Decision(decision="answer", by="ops", at=NOON, id="d-2", answer="no")
    decided = [
        escalation(proposed_answer="restart it", decided=approved),
        escalation(proposed_answer="restart it", decided=answered),
        escalation(decided=answered),
        escalation(proposed_answer="restart it"),
    ]
    for number, opened in enumerate(decided):
        await archive.put(ticket_document(id=f"t-{number}", status="resolved", escalation=opened))
    early = ticket_document(id="early", created_at=NOON - timedelta(days=1), escalation=decided[0])
    await archive.put(early)
    assert (await archive.standing("acme", NOON)).decided == {"approve": 1, "answer": 1}
