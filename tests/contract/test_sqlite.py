"""What every adapter over SQLite relies on."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import adapters.sqlite
from adapters.sqlite import Database
from shared.errors import Permanent, Unavailable

SCHEMA = "CREATE TABLE IF NOT EXISTS notes (text TEXT);"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(path, "notes", SCHEMA)
    yield database
    database.close()


def notes(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT text FROM notes ORDER BY rowid")]


async def test_work_that_raises_leaves_nothing_behind(database: Database):
    def half_done(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO notes VALUES ('half')")
        raise Permanent("stopped")

    with pytest.raises(Permanent):
        await database.write(half_done)
    await database.write(lambda connection: connection.execute("INSERT INTO notes VALUES ('whole')"))
    assert await database.read(notes) == ["whole"]


async def test_a_lock_that_stays_is_unavailable_and_the_next_write_goes_through(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(adapters.sqlite, "BUSY_TIMEOUT_S", 0.1)
    await database.write(notes)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        await database.write(notes)
    other.execute("ROLLBACK")
    other.close()
    assert await database.write(notes) == []


async def test_two_schemas_share_one_file(database: Database, path: Path):
    await database.read(notes)
    other = Database(path, "others", "CREATE TABLE IF NOT EXISTS others (text TEXT);")
    assert await other.read(lambda connection: connection.execute("SELECT * FROM others").fetchall()) == []
    assert await database.read(notes) == []
    other.close()


async def test_an_index_added_by_a_later_version_is_made_in_the_old_file(database: Database, path: Path):
    await database.read(notes)
    later = Database(path, "notes", SCHEMA + "CREATE INDEX IF NOT EXISTS notes_by_text ON notes (text);")
    await later.read(lambda connection: connection.execute("SELECT * FROM notes INDEXED BY notes_by_text").fetchall())
    later.close()
