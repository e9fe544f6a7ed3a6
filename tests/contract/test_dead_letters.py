"""The contract of the list of dead letters, over SQLite and Cosmos DB, with Azurite."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import adapters.letter_bodies
from adapters.artifacts import BlobArtifacts
from adapters.cosmos_account import Cosmos
from adapters.cosmos_dead_letters import CosmosDeadLetters
from adapters.dead_letters import SqliteDeadLetters
from shared.dead_letters import PREVIEW_CHARS, DeadLetter, DeadLetters, Failing, preview_of
from shared.errors import InvalidCursor, Permanent, Unavailable
from tests.contract.cosmos_wire import CosmosWire
from tests.contract.tickets import NOON


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "archive.db"


@pytest.fixture
async def bodies(storage: str) -> AsyncIterator[BlobArtifacts]:
    bodies = BlobArtifacts(storage, f"letters-{uuid4().hex}")
    yield bodies
    await bodies.close()


@pytest.fixture
def in_file(path: Path, bodies: BlobArtifacts) -> Iterator[DeadLetters]:
    letters = SqliteDeadLetters(path, bodies)
    yield letters
    letters.close()


@pytest.fixture
def in_cosmos(cosmos: Cosmos, bodies: BlobArtifacts) -> DeadLetters:
    return CosmosDeadLetters(cosmos, bodies)


@pytest.fixture(params=["in_file", "in_cosmos"])
def letters(request: pytest.FixtureRequest) -> DeadLetters:
    return request.getfixturevalue(request.param)


@pytest.fixture
def kept(letters: DeadLetters, path: Path, wire: CosmosWire) -> Callable[[], str]:
    """All that is kept of letters beside their bodies, as text."""

    def dump() -> str:
        if isinstance(letters, CosmosDeadLetters):
            return wire.items.dump()
        with closing(sqlite3.connect(path)) as file:
            return "\n".join(file.iterdump())

    return dump


def letter(identity: str = "l-1", **changes: Any) -> DeadLetter:
    values: dict[str, Any] = {
        "id": identity, "source": "queue", "name": "tickets", "reason": "not JSON", "attempts": 3, "at": NOON,
        "body": "{oh", "preview": "{oh", "encoding": "text",
    }  # fmt: skip
    return DeadLetter.model_validate(values | changes)


async def test_a_letter_comes_back_as_it_was_added(letters: DeadLetters):
    kept = letter(body={"nested": [1, "é", None]}, encoding="json", source="orchestration", instance_id="ticket-a-1")
    assert await letters.add(kept)
    assert await letters.get("l-1") == kept
    assert (await letters.find(10)).items == (kept.listed,)


async def test_the_same_id_twice_is_one_letter_and_the_first_counts(letters: DeadLetters):
    assert await letters.add(letter(reason="first"))
    assert not await letters.add(letter(reason="second"))
    assert [found.reason for found in (await letters.find(10)).items] == ["first"]


async def test_pages_run_from_the_newest_to_the_oldest_and_miss_none(letters: DeadLetters):
    for number in range(7):
        await letters.add(letter(f"l-{number}", at=NOON + timedelta(seconds=number // 2)))
    seen: list[str] = []
    cursor = None
    while True:
        page = await letters.find(3, cursor)
        assert len(page.items) <= 3
        seen += [found.id for found in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert seen == [f"l-{number}" for number in reversed(range(7))]


@pytest.mark.parametrize("cursor", ["", "x", "bm90LWpzb24", "WzEsMl0"])
async def test_a_cursor_that_no_page_gave_is_refused(letters: DeadLetters, cursor: str):
    with pytest.raises(InvalidCursor):
        await letters.find(3, cursor)


async def test_of_many_that_claim_at_once_from_two_processes_one_gets_the_letter(
    path: Path, in_file: DeadLetters, bodies: BlobArtifacts
):
    await in_file.add(letter())
    other = SqliteDeadLetters(path, bodies)
    claims = await asyncio.gather(*(which.claim("l-1") for which in (in_file, other) * 10))
    other.close()
    assert [claim for claim in claims if claim] == [letter()]


async def test_of_many_that_claim_at_once_one_gets_the_letter(letters: DeadLetters):
    await letters.add(letter())
    claims = await asyncio.gather(*(letters.claim("l-1") for _ in range(5)))
    assert [claim for claim in claims if claim] == [letter()]


async def test_a_released_letter_can_be_claimed_again(letters: DeadLetters):
    await letters.add(letter())
    assert await letters.claim("l-1")
    assert await letters.claim("l-1") is None
    await letters.release("l-1")
    assert await letters.claim("l-1")


async def test_the_claim_of_one_who_died_lapses(letters: DeadLetters, monkeypatch: pytest.MonkeyPatch):
    await letters.add(letter())
    assert await letters.claim("l-1")
    monkeypatch.setattr(adapters.letter_bodies, "CLAIM_LAPSES", timedelta(0))
    assert await letters.claim("l-1")


async def test_a_settled_letter_is_gone_and_nothing_brings_it_back(letters: DeadLetters):
    await letters.add(letter())
    await letters.claim("l-1")
    await letters.settle("l-1")
    assert await letters.get("l-1") is None
    assert await letters.claim("l-1") is None
    assert not await letters.add(letter())
    assert (await letters.knows("l-1"), await letters.knows("l-2")) == (True, False)
    assert (await letters.find(10)).items == ()


RAW = {"subject": "VPN", "description": "My password is Otter-7781!"}


async def test_a_body_is_in_blob_storage_and_nothing_of_it_in_the_list(
    kept: Callable[[], str], letters: DeadLetters, bodies: BlobArtifacts
):
    reason = f"ValidationError: input_value={RAW['description']!r}"
    await letters.add(letter(body=RAW, reason=reason, preview=preview_of(RAW)))
    await letters.note_failing("tickets", b"x", Failing(attempts=1, reason=reason))
    assert b"Otter" in await bodies.read("dead-letters/l-1.json")
    assert "Otter" not in kept()


@pytest.mark.parametrize("end", ["delete", "settle"])
async def test_what_was_in_a_letter_is_forgotten_with_it(
    kept: Callable[[], str], letters: DeadLetters, bodies: BlobArtifacts, end: str
):
    await letters.add(letter(body=RAW, preview="my otter"))
    await getattr(letters, end)("l-1")
    assert await bodies.list("") == ()
    assert "otter" not in kept()


async def test_a_letter_whose_body_is_gone_can_be_listed_and_deleted_and_not_replayed(
    letters: DeadLetters, bodies: BlobArtifacts
):
    await letters.add(letter())
    await bodies.delete("dead-letters/l-1.json")
    with pytest.raises(Permanent):
        await letters.claim("l-1")
    assert [found.id for found in (await letters.find(10)).items] == ["l-1"]
    assert await letters.delete("l-1")


async def test_without_blob_storage_no_letter_is_taken_that_could_not_be_replayed(path: Path):
    nowhere = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=eA==;BlobEndpoint=http://127.0.0.1:1/a;"
    bodies = BlobArtifacts(nowhere, "letters")
    letters = SqliteDeadLetters(path, bodies)
    with pytest.raises(Unavailable):
        await letters.add(letter())
    assert await letters.depth() == 0
    letters.close()
    await bodies.close()


async def test_old_letters_are_let_go(letters: DeadLetters, bodies: BlobArtifacts):
    await letters.add(letter("l-1"))
    await letters.add(letter("l-2", at=NOON + timedelta(days=1)))
    assert await letters.let_go(NOON + timedelta(hours=1)) == 1
    assert await letters.let_go(NOON + timedelta(hours=1)) == 0
    assert [found.id for found in (await letters.find(10)).items] == ["l-2"]
    assert await bodies.list("") == ("dead-letters/l-2.json",)


async def test_a_letter_is_deleted_once_and_not_while_it_is_replayed(letters: DeadLetters):
    await letters.add(letter())
    await letters.claim("l-1")
    assert not await letters.delete("l-1")
    await letters.release("l-1")
    assert await letters.delete("l-1")
    assert not await letters.delete("l-1")
    assert not await letters.delete("l-404")


async def test_the_depth_counts_what_waits(letters: DeadLetters):
    for number in range(3):
        await letters.add(letter(f"l-{number}"))
    await letters.claim("l-0")
    assert await letters.depth() == 3
    await letters.settle("l-0")
    await letters.delete("l-1")
    assert await letters.depth() == 1


async def test_how_a_message_failed_last_is_remembered_by_its_queue_and_its_words(letters: DeadLetters):
    await letters.note_failing("tickets", b"one", Failing(attempts=1, reason="first try"))
    await letters.note_failing("tickets", b"one", Failing(attempts=2, reason="second try"))
    assert await letters.failing("tickets", b"one") == Failing(attempts=2, reason="second try")
    assert await letters.failing("tickets", b"two") is None
    assert await letters.failing("tasks", b"one") is None


async def test_a_file_that_is_no_database_is_unavailable_by_name(tmp_path: Path, bodies: BlobArtifacts):
    (tmp_path / "letters.db").write_text("not a database at all, though as long as the header of one would be" * 3)
    with pytest.raises(Unavailable) as failure:
        await SqliteDeadLetters(tmp_path / "letters.db", bodies).depth()
    assert failure.value.dependency == "dead_letters"


def test_a_preview_is_short_one_line_and_shows_nothing_personal():
    shown = preview_of({"text": "Call me on +49 151 23456789\nor ada@example.com " + "x" * 10_000})
    assert len(shown) == PREVIEW_CHARS
    assert "[phone]" in shown
    assert "[email]" in shown
    assert "\n" not in preview_of("one\ntwo")


@pytest.mark.parametrize(
    ("body", "text", "encoding"), [(b'{"a": 1}', '{"a": 1}', "text"), (b"\xff\xfe", "//4=", "base64")]
)
async def test_why_a_message_failed_goes_with_its_letter(letters: DeadLetters, body: bytes, text: str, encoding: Any):
    """A reason may quote the message, and with it whoever wrote it."""
    await letters.note_failing("tickets", body, Failing(attempts=3, reason="it said a"))
    await letters.add(letter(source="queue", name="tickets", reason="other words", body=text, encoding=encoding))
    assert await letters.delete("l-1")
    assert await letters.failing("tickets", body) is None
