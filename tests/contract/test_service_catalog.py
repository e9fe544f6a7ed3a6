"""The contract of the service catalogue, over a JSON file and SQLite or Cosmos DB."""

import asyncio
import json
import signal
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.cosmos_account import Cosmos
from adapters.cosmos_effects import CosmosEffects
from adapters.directory import FileDirectory
from adapters.effects import Effects, SqliteEffects
from adapters.service_catalog import FileServiceCatalog
from shared.actions import RequestSoftware, UnlockAccount
from shared.catalog import named_in
from shared.errors import Permanent

ROOT = Path(__file__).parents[2]
ITEMS = [
    {"id": "pdf", "name": "PDF editor", "aliases": ["PDF reader"], "owner_group": "staff", "licences_left": 2},
    *({"id": f"app-{number}", "name": f"App {number}", "owner_group": "staff"} for number in range(30)),
]
PDF = RequestSoftware(user_id="u-1", software="pdf READER")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "catalog.json").write_text(json.dumps(ITEMS))
    return tmp_path


@pytest.fixture
def in_file(folder: Path) -> Iterator[Effects]:
    effects = SqliteEffects(folder / "directory.db", "catalog")
    yield effects
    effects.close()


@pytest.fixture
def in_cosmos(cosmos: Cosmos) -> Effects:
    return CosmosEffects(cosmos, "catalog")


@pytest.fixture(params=["in_file", "in_cosmos"])
def effects(request: pytest.FixtureRequest) -> Effects:
    return request.getfixturevalue(request.param)


@pytest.fixture
def catalog(folder: Path, effects: Effects) -> FileServiceCatalog:
    return FileServiceCatalog(folder, effects)


async def left(catalog: FileServiceCatalog) -> int | None:
    return (await catalog.items())[0].licences_left


async def test_a_request_is_recorded_for_the_owner_once_and_takes_a_licence(catalog: FileServiceCatalog):
    first = await catalog.request(PDF, "k-1")
    assert (first.changed, first.summary) == (True, "request of PDF editor for u-1 recorded for staff")
    assert await catalog.request(PDF, "k-1") == first
    assert not (await catalog.request(PDF, "k-2")).changed
    assert await left(catalog) == 1


async def test_what_is_not_in_the_catalogue_or_has_no_licence_left_is_refused_for_good(catalog: FileServiceCatalog):
    with pytest.raises(Permanent, match="no Ploon"):
        await catalog.request(RequestSoftware(user_id="u-1", software="Ploon"), "k-1")
    for user in ("u-1", "u-2"):
        await catalog.request(RequestSoftware(user_id=user, software="pdf"), f"k-{user}")
    with pytest.raises(Permanent, match="no licence of PDF editor is left"):
        await catalog.request(RequestSoftware(user_id="u-3", software="pdf"), "k-3")


async def test_a_request_is_withdrawn_once_and_gives_its_licence_back(catalog: FileServiceCatalog, effects: Effects):
    await catalog.request(PDF, "k-1")
    undone = await catalog.undo("k-1", "ada")
    assert undone is not None
    assert await catalog.undo("k-1", "bob") == undone
    assert await left(catalog) == 2
    assert await catalog.undo("k-9", "ada") is None
    directory = FileDirectory(ROOT / "samples" / "directory", effects)
    await directory.carry_out(UnlockAccount(user_id="u-1003"), "k-2")
    assert await catalog.undo("k-2", "ada") is None, "that is the directory's to undo"
    assert await directory.undo("k-1", "ada") is None


async def test_the_last_licence_goes_to_one_of_many_who_ask_at_once(catalog: FileServiceCatalog):
    asked = (
        catalog.request(RequestSoftware(user_id=f"u-{number}", software="pdf"), f"k-{number}") for number in range(10)
    )
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert len([result for result in results if not isinstance(result, BaseException)]) == 2
    assert await left(catalog) == 0


async def test_items_are_named_by_whole_words_only(catalog: FileServiceCatalog):
    items = await catalog.items()
    assert [item.id for item in named_in(items, "Please install the pdf reader, or App 12.")] == ["pdf", "app-12"]
    assert named_in(items, "I cannot open a pdf") == ()


WORKER = """
import asyncio, sys
from adapters.effects import SqliteEffects
from adapters.service_catalog import FileServiceCatalog
from shared.actions import RequestSoftware

async def main(folder):
    catalog = FileServiceCatalog(folder, SqliteEffects(folder + "/directory.db", "catalog"))
    for number in range(30):
        result = await catalog.request(RequestSoftware(user_id="u-1", software=f"App {number}"), f"k-{number}")
        assert result.changed, result
        print(number, flush=True)

asyncio.run(main(sys.argv[1]))
"""


async def worker(folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, str(folder), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


async def test_a_killed_process_leaves_each_request_with_its_record(folder: Path):
    async with asyncio.timeout(60):
        killed = await worker(folder)
        assert killed.stdout is not None
        for _ in range(5):
            assert await killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
        await killed.communicate()
        again = await worker(folder)
        await again.communicate()
    assert again.returncode == 0
    connection = sqlite3.connect(folder / "directory.db")
    assert connection.execute("SELECT count(*), count(DISTINCT name) FROM marks").fetchone() == (30, 30)
    connection.close()


async def test_the_shipped_catalogue_is_valid(effects: Effects):
    shipped = FileServiceCatalog(ROOT / "samples" / "directory", effects)
    assert {item.needs_approval for item in await shipped.items()} == {True, False}
