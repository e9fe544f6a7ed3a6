"""A command lets go of what it opened, and builds nothing for that."""

import asyncio
from pathlib import Path

from adapters.sources import WebSources
from shared.settings import read
from triggers.services import Services

_closed: list[str] = []


class Index:
    def close(self) -> None:
        _closed.append("index")


class Connection:
    async def close(self) -> None:
        _closed.append("connection")


def test_what_was_built_is_closed_the_last_first_and_nothing_is_built_to_be_closed(tmp_path: Path):
    on = Services(read({"ARCHIVE_PATH": str(tmp_path / "archive.db")}))
    vars(on).update(artifacts=Connection(), knowledge=Index(), sources=WebSources({}, 1, 1))
    asyncio.run(on.close())
    assert _closed == ["index", "connection"]
    assert not list(tmp_path.iterdir())
