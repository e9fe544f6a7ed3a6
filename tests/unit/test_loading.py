"""Heavy packages are imported beside the event loop, which goes on working meanwhile."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.loading import loaded

MODULE = "imported_slowly"


@pytest.fixture
def slow_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module whose import ends when the event loop has done something else."""
    (tmp_path / f"{MODULE}.py").write_text(
        "import sys\nassert sys.loop_has_moved.wait(10), 'the loop stood still'\nsys.imports_counted += 1\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "loop_has_moved", threading.Event(), raising=False)
    monkeypatch.setattr(sys, "imports_counted", 0, raising=False)
    yield MODULE
    sys.modules.pop(MODULE, None)


def test_the_loop_works_while_a_package_is_imported_once_for_all_who_wait(slow_module: str) -> None:
    async def work():
        async with asyncio.TaskGroup() as tasks:
            for _ in range(3):
                tasks.create_task(loaded(slow_module))
            await asyncio.sleep(0.01)
            sys.loop_has_moved.set()  # pyright: ignore[reportAttributeAccessIssue]
        await loaded(slow_module)

    asyncio.run(work())
    assert sys.imports_counted == 1  # pyright: ignore[reportAttributeAccessIssue]


def test_a_package_that_is_not_there_says_so():
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        asyncio.run(loaded("no_such_package"))
