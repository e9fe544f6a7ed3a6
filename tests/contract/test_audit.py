"""The contract of the audit trail, over SQLite and Cosmos DB: added to, and it shows when it was changed."""

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.audit import SqliteAudit
from adapters.cosmos_account import Cosmos
from adapters.cosmos_audit import CosmosAudit
from shared.audit import BEGINNING, Audit, AuditEntry, AuditLine, AuditQuery
from shared.errors import InvalidCursor, Unavailable
from tests.contract.cosmos_wire import ACCOUNT_KEY, CosmosWire
from tests.contract.tickets import NOON


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "audit.db"


@pytest.fixture
def in_file(path: Path) -> Iterator[SqliteAudit]:
    audit = SqliteAudit(path)
    yield audit
    audit.close()


@pytest.fixture
def in_cosmos(cosmos: Cosmos) -> CosmosAudit:
    return CosmosAudit(cosmos)


@pytest.fixture(params=["in_file", "in_cosmos"])
def audit(request: pytest.FixtureRequest) -> Audit:
    return request.getfixturevalue(request.param)


def entry(key: str = "k-1", **changes: Any) -> AuditEntry:
    values: dict[str, Any] = {
        "key": key, "tenant": "default", "actor": "ada", "actor_type": "person", "act": "ticket.approve",
        "target": "ticket:t1", "at": NOON, "outcome": "accepted", "correlation_id": "c-1",
    }  # fmt: skip
    return AuditEntry.model_validate(values | changes)


async def found(audit: Audit, **filters: Any) -> list[str]:
    return [line.key for line in (await audit.find(AuditQuery(tenant="default", **filters))).items]


async def test_an_entry_comes_back_as_it_was_recorded(audit: Audit):
    whole = entry(within="batch:b1", before={"locked": True, "since": None}, after={"locked": False}, note="agreed")
    assert await audit.record(whole)
    (line,) = (await audit.find(AuditQuery(tenant="default"))).items
    assert AuditEntry.model_validate(line.model_dump(exclude={"number", "digest"})) == whole
    assert line.number == 1


async def test_the_same_key_twice_is_one_entry_and_the_first_counts(audit: Audit):
    assert await audit.record(entry(note="first"))
    assert not await audit.record(entry(note="second"))
    assert [line.note for line in (await audit.find(AuditQuery(tenant="default"))).items] == ["first"]


async def test_personal_data_and_secrets_are_masked_in_every_text_whoever_records_them(audit: Audit):
    secret = "mail me at ada@example.com"
    await audit.record(entry(note=secret, before={"text": [secret, {"deep": secret}]}, after={"text": secret}))
    (line,) = (await audit.find(AuditQuery(tenant="default"))).items
    assert "ada@example.com" not in line.model_dump_json()
    assert line.note == "mail me at [email]"
    assert line.before == {"text": ["mail me at [email]", {"deep": "mail me at [email]"}]}


async def test_lines_are_found_by_actor_target_and_time(audit: Audit):
    await audit.record(entry("k-1", actor="ada", target="ticket:t1"))
    await audit.record(entry("k-2", actor="bob", target="user:u-1", within="ticket:t1", at=NOON + timedelta(hours=1)))
    await audit.record(entry("k-3", actor="bob", target="ticket:t2", at=NOON + timedelta(hours=2)))
    assert await found(audit) == ["k-3", "k-2", "k-1"]
    assert await found(audit, actor="bob") == ["k-3", "k-2"]
    assert await found(audit, target="ticket:t1") == ["k-2", "k-1"], "also what happened within it"
    assert await found(audit, target="user:u-1") == ["k-2"]
    assert await found(audit, since=NOON + timedelta(hours=1)) == ["k-3", "k-2"]
    assert await found(audit, until=NOON + timedelta(hours=1)) == ["k-1"]
    assert await found(audit, actor="bob", target="ticket:t2", since=NOON, until=NOON + timedelta(days=1)) == ["k-3"]
    assert await found(audit, actor="b%") == []


async def test_another_tenants_lines_are_not_found(audit: Audit):
    await audit.record(entry(tenant="other"))
    assert await found(audit, actor="ada") == []


async def test_pages_run_from_the_newest_to_the_oldest_and_miss_none(audit: Audit):
    for number in range(7):
        await audit.record(entry(f"k-{number}"))
    seen: list[str] = []
    cursor = None
    while True:
        page = await audit.find(AuditQuery(tenant="default", limit=3, cursor=cursor))
        seen += [line.key for line in page.items]
        await audit.record(entry(f"later-{len(seen)}"))
        if (cursor := page.next_cursor) is None:
            break
    assert seen == [f"k-{number}" for number in reversed(range(7))]


@pytest.mark.parametrize("cursor", ["", "x", "WyIyMDI2Il0", "\ud800"])
async def test_a_cursor_that_no_listing_gave_is_refused(audit: Audit, cursor: str):
    with pytest.raises(InvalidCursor):
        await audit.find(AuditQuery(tenant="default", cursor=cursor))


async def test_an_untouched_trail_is_intact_also_when_it_is_empty(audit: Audit):
    assert (await audit.verify()).model_dump() == {"intact": True, "lines": 0, "head": BEGINNING, "fault": None}
    for number in range(5):
        await audit.record(entry(f"k-{number}", note=f"Überblick {number}"))
    told = await audit.verify()
    lines: tuple[AuditLine, ...] = (await audit.find(AuditQuery(tenant="default"))).items
    assert (told.intact, told.lines, told.head) == (True, 5, lines[0].digest)


def tampering(path: Path, sql: str) -> None:
    """What somebody with the file in hand could do: the guards are dropped first."""
    connection = sqlite3.connect(path)
    with connection:
        connection.executescript(f"DROP TRIGGER audit_keeps_lines; DROP TRIGGER audit_keeps_words; {sql};")
    connection.close()


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE audit SET entry = replace(entry, 'ada', 'eve') WHERE number = 3", "line 3 was altered"),
        ("UPDATE audit SET digest = lower(hex(randomblob(32))) WHERE number = 2", "line 2 was altered"),
        ("DELETE FROM audit WHERE number = 2", "line 2 is missing"),
        ("DELETE FROM audit WHERE number = 1", "line 1 is missing"),
        ("DELETE FROM audit WHERE number = 2; UPDATE audit SET number = 2 WHERE number = 3", "line 2 was altered"),
    ],
)
async def test_a_line_that_was_altered_or_taken_out_shows(in_file: Audit, path: Path, sql: str, fault: str):
    for number in range(1, 6):
        await in_file.record(entry(f"k-{number}"))
    tampering(path, sql)
    told = await in_file.verify()
    assert (told.intact, told.fault) == (False, fault)


async def test_a_trail_cut_at_its_end_has_another_head(in_file: Audit, path: Path):
    for number in range(1, 4):
        await in_file.record(entry(f"k-{number}"))
    noted = await in_file.verify()
    tampering(path, "DELETE FROM audit WHERE number = 3")
    told = await in_file.verify()
    assert told.lines < noted.lines
    assert told.head != noted.head


@pytest.mark.parametrize(
    "sql", ["DELETE FROM audit", "UPDATE audit SET actor = 'eve'", "REPLACE INTO audit SELECT * FROM audit"]
)
async def test_the_file_itself_refuses_to_change_a_line(in_file: Audit, path: Path, sql: str):
    await in_file.record(entry())
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA recursive_triggers = ON")
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        connection.execute(sql)
    connection.close()


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE items SET body = replace(body, 'ada', 'eve') WHERE id LIKE '%00003'", "line 3 was altered"),
        ("DELETE FROM items WHERE id LIKE '%00002'", "line 2 is missing"),
    ],
)
async def test_a_line_that_was_altered_in_cosmos_db_shows(
    in_cosmos: CosmosAudit, wire: CosmosWire, database: str, sql: str, fault: str
):
    for number in range(1, 6):
        await in_cosmos.record(entry(f"k-{number}"))
    wire.items.tamper(f"{sql} AND container = 'dbs/{database}/colls/audit'")
    told = await in_cosmos.verify()
    assert (told.intact, told.fault) == (False, fault)


async def test_instances_that_write_at_once_make_one_chain(wire: CosmosWire, database: str):
    clients = [Cosmos(wire.url, database, ACCOUNT_KEY) for _ in range(3)]
    trails = [CosmosAudit(client) for client in clients]
    recorded = await asyncio.gather(*(trail.record(entry(f"k-{number}")) for number in range(4) for trail in trails))
    told = await trails[0].verify()
    for client in clients:
        await client.close()
    assert (told.intact, told.lines, sum(recorded)) == (True, 4, 4)


WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from adapters.audit import SqliteAudit
from adapters.cosmos_account import Cosmos
from adapters.cosmos_audit import CosmosAudit
from shared.audit import AuditEntry

async def main(path, who):
    audit = SqliteAudit(path)
    for number in range(20):
        await audit.record(AuditEntry(
            key=f"shared-{number}" if number % 2 else f"{who}-{number}", tenant="default", actor=who,
            actor_type="desk", act="test", target="t:1", at=datetime.now(UTC), outcome="done"))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_processes_that_write_at_once_make_one_chain(in_file: Audit, path: Path):
    async def writer(who: str) -> int:
        root = Path(__file__).parents[2]
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, str(path), who, cwd=root)
        return await process.wait()

    async with asyncio.timeout(60):
        assert await asyncio.gather(*map(writer, ("one", "two", "three"))) == [0, 0, 0]
    told = await in_file.verify()
    assert (told.intact, told.lines) == (True, 3 * 10 + 10)


ASKED: tuple[Callable[[Audit], Any], ...] = (
    lambda audit: audit.record(entry()),
    lambda audit: audit.find(AuditQuery(tenant="default")),
    lambda audit: audit.verify(),
)


@pytest.mark.parametrize("work", ASKED)
async def test_a_file_that_is_no_database_is_unavailable_by_name(tmp_path: Path, work: Callable[[Audit], Any]):
    (tmp_path / "audit").write_text("not a database at all, though as long as the header of one would be" * 3)
    broken = SqliteAudit(tmp_path / "audit")
    with pytest.raises(Unavailable) as failure:
        await work(broken)
    assert failure.value.dependency == "audit"
    broken.close()
