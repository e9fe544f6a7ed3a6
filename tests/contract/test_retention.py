"""Raw blobs go when their time is over; what is younger, and what is no raw text, stays."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from activities.retain import purge
from adapters.artifacts import BlobArtifacts

DAY = timedelta(days=1)


class Ended:
    """Notes until when instances were asked to go."""

    def __init__(self) -> None:
        self.before: datetime | None = None

    async def purge_ended(self, before: datetime) -> int:
        self.before = before
        return 1


@pytest.fixture
async def artifacts(storage: str) -> BlobArtifacts:
    return BlobArtifacts(storage, f"retention-{uuid4().hex}")


async def test_old_raw_blobs_go_and_articles_stay(artifacts: BlobArtifacts):
    for path in ("batches/b1/input-1", "tasks/t1/result.json", "knowledge/articles/a.md", "articles/t1.md"):
        await artifacts.write(path, b"x")
    in_a_week = datetime.now(UTC) + 7 * DAY
    ended = Ended()
    assert await purge(ended, artifacts, in_a_week, 30 * DAY, DAY) == (1, 0)
    assert await purge(ended, artifacts, in_a_week, 5 * DAY, DAY) == (1, 2)
    assert await purge(ended, artifacts, in_a_week, 5 * DAY, DAY) == (1, 0)
    assert await artifacts.list("") == ("articles/t1.md", "knowledge/articles/a.md")
    await artifacts.close()


async def test_nothing_goes_that_a_message_could_reopen(artifacts: BlobArtifacts):
    now, ended = datetime.now(UTC), Ended()
    await purge(ended, artifacts, now, DAY, 9 * DAY)
    assert ended.before == now - 9 * DAY
    await artifacts.close()
