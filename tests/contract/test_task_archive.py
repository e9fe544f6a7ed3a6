"""The archive of tasks' contract, over SQLite and Cosmos DB."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.cosmos_account import Cosmos
from adapters.cosmos_task_archive import CosmosTaskArchive
from adapters.paging import LARGEST_PAGE
from adapters.task_archive import SqliteTaskArchive
from shared.archives import TaskArchive, TaskQuery
from shared.errors import InvalidCursor, Unavailable
from shared.tasks import TaskState, TaskStep

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ALL = TaskQuery(tenant="acme")


def state(**changes: Any) -> TaskState:
    plain: dict[str, Any] = {
        "id": "k-1", "type": "create_content", "status": "running", "created_at": NOON, "updated_at": NOON,
    }  # fmt: skip
    return TaskState.model_validate(plain | changes)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "archive.db"


@pytest.fixture
def in_file(path: Path) -> Iterator[SqliteTaskArchive]:
    tasks = SqliteTaskArchive(path)
    yield tasks
    tasks.close()


@pytest.fixture
def in_cosmos(cosmos: Cosmos) -> CosmosTaskArchive:
    return CosmosTaskArchive(cosmos)


@pytest.fixture(params=["in_file", "in_cosmos"])
def tasks(request: pytest.FixtureRequest) -> TaskArchive:
    return request.getfixturevalue(request.param)


async def ids(tasks: TaskArchive, query: TaskQuery) -> list[str]:
    return [found.id for found in (await tasks.find(query)).items]


async def test_a_state_comes_back_as_it_was_written(tasks: TaskArchive):
    steps = (TaskStep(name="write", completed_at=NOON, result={"title": "Zürich 🖨"}), TaskStep(name="edit"))
    written = state(steps=steps, result={"word_count": 3}, error="none")
    assert await tasks.put("acme", written)
    assert await tasks.get("acme", "k-1") == written


async def test_an_unknown_task_and_one_of_another_tenant_are_none(tasks: TaskArchive):
    await tasks.put("acme", state())
    assert await tasks.get("acme", "k-404") is None
    assert await tasks.get("umbrella", "k-1") is None
    assert await ids(tasks, TaskQuery(tenant="umbrella")) == []


async def test_a_state_that_comes_late_is_ignored(tasks: TaskArchive):
    later = state(status="completed", updated_at=NOON + timedelta(seconds=1))
    await tasks.put("acme", later)
    assert not await tasks.put("acme", state())
    assert await tasks.get("acme", "k-1") == later


async def test_a_newer_state_moves_the_task_between_the_filters(tasks: TaskArchive):
    await tasks.put("acme", state())
    await tasks.put("acme", state(status="waiting", updated_at=NOON + timedelta(seconds=1)))
    assert await ids(tasks, TaskQuery(tenant="acme", status="running")) == []
    assert await ids(tasks, TaskQuery(tenant="acme", status="waiting", type="create_content")) == ["k-1"]
    assert await ids(tasks, TaskQuery(tenant="acme", type="research")) == []


async def test_pages_go_newest_first_through_all_tasks_once(tasks: TaskArchive):
    for number in range(7):
        await tasks.put("acme", state(id=f"k-{number}", created_at=NOON + timedelta(minutes=number // 2)))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await tasks.find(TaskQuery(tenant="acme", limit=3, cursor=cursor))
        seen += [found.id for found in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert seen == ["k-6", "k-5", "k-4", "k-3", "k-2", "k-1", "k-0"]


async def test_a_page_has_its_bounds(tasks: TaskArchive):
    await tasks.put("acme", state())
    assert len((await tasks.find(TaskQuery(tenant="acme", limit=0))).items) == 1
    assert (await tasks.find(TaskQuery(tenant="acme", limit=LARGEST_PAGE + 1))).next_cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "W10", "e30", "IiI"])
async def test_a_cursor_it_did_not_give_is_refused(tasks: TaskArchive, cursor: str):
    with pytest.raises(InvalidCursor):
        await tasks.find(TaskQuery(tenant="acme", cursor=cursor))


async def test_two_processes_may_write_at_once(in_file: TaskArchive, path: Path):
    other = SqliteTaskArchive(path)
    await asyncio.gather(*(archive.put("acme", state(id=f"k-{n}")) for n in range(20) for archive in (in_file, other)))
    assert len(await ids(in_file, ALL)) == 20
    other.close()


async def test_a_file_that_cannot_be_used_is_unavailable(tmp_path: Path):
    (tmp_path / "archive.db").write_text("this is no database, and long enough to tell " * 50)
    broken = SqliteTaskArchive(tmp_path / "archive.db")
    with pytest.raises(Unavailable):
        await broken.get("acme", "k-1")
    broken.close()
