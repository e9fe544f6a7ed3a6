"""Raw blobs go when their time is over; what is younger, and what is no raw text, stays."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from activities.retain import purge
from adapters.artifacts import BlobArtifacts
from adapters.dead_letters import SqliteDeadLetters
from shared.dead_letters import DeadLetter

DAY = timedelta(days=1)


class Ended:
    """Notes until when instances were asked to go."""

    def __init__(self) -> None:
        self.before: datetime | None = None

    async def purge_ended(self, before: datetime) -> int:
        self.before = before
        return 1


@pytest.fixture
async def artifacts(storage: str) -> AsyncIterator[BlobArtifacts]:
    artifacts = BlobArtifacts(storage, f"retention-{uuid4().hex}")
    yield artifacts
    await artifacts.close()


@pytest.fixture
def letters(tmp_path: Path, artifacts: BlobArtifacts) -> Iterator[SqliteDeadLetters]:
    letters = SqliteDeadLetters(tmp_path / "archive.db", artifacts)
    yield letters
    letters.close()


async def test_old_raw_blobs_go_and_articles_stay(artifacts: BlobArtifacts, letters: SqliteDeadLetters):
    raw = ("batches/b1/input-1", "tasks/t1/result.json", "late/i/b.json", "exports/p/e.json", "conversations/o/t.json")
    for path in (*raw, "knowledge/articles/a.md", "articles/t1.md"):
        await artifacts.write(path, b"x")
    in_a_week = datetime.now(UTC) + 7 * DAY
    ended = Ended()
    assert await purge(ended, artifacts, letters, in_a_week, 30 * DAY, DAY) == (1, 0)
    assert await purge(ended, artifacts, letters, in_a_week, 5 * DAY, DAY) == (1, len(raw))
    assert await purge(ended, artifacts, letters, in_a_week, 5 * DAY, DAY) == (1, 0)
    assert await artifacts.list("") == ("articles/t1.md", "knowledge/articles/a.md")


async def test_cycles_of_the_watch_go_by_when_they_began_and_whose_watch_it_is_stays(
    artifacts: BlobArtifacts, letters: SqliteDeadLetters
):
    for path in ("watch/20260301T020000Z-aaaaaa/results.json", "watch/20260309T020000Z-bbbbbb/results.json"):
        await artifacts.write(path, b"x")
    await artifacts.write("watch/state.json", b"x")
    now = datetime(2026, 3, 10, tzinfo=UTC)
    assert await purge(Ended(), artifacts, letters, now, 5 * DAY, DAY) == (1, 1)
    assert await artifacts.list("") == ("watch/20260309T020000Z-bbbbbb/results.json", "watch/state.json")


async def test_nothing_goes_that_a_message_could_reopen(artifacts: BlobArtifacts, letters: SqliteDeadLetters):
    now, ended = datetime.now(UTC), Ended()
    await purge(ended, artifacts, letters, now, DAY, 9 * DAY)
    assert ended.before == now - 9 * DAY


async def test_an_old_dead_letter_goes_with_its_body_and_does_not_come_back(
    artifacts: BlobArtifacts, letters: SqliteDeadLetters
):
    now = datetime.now(UTC)
    old, young = (_letter(name, now - age) for name, age in (("old", 6 * DAY), ("young", DAY)))
    for letter in (old, young):
        await letters.add(letter)
    assert await purge(Ended(), artifacts, letters, now, 5 * DAY, DAY) == (1, 1)
    assert (await letters.find(10)).items == (young.listed,)
    assert await artifacts.list("") == ("dead-letters/young.json",)
    assert not await letters.add(old)
    assert await artifacts.list("") == ("dead-letters/young.json",)


def _letter(letter_id: str, at: datetime) -> DeadLetter:
    return DeadLetter(
        id=letter_id, source="queue", name="tickets", reason="?", attempts=3, at=at, body="{oh", preview="{oh"
    )
