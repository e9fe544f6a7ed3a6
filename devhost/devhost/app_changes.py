"""Notices when the files of an app change."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import (
    Change,
    DefaultFilter,
    awatch,  # pyright: ignore[reportUnknownVariableType] - it names a type of trio, which is not installed
)

_SETTINGS = ("host.json", "local.settings.json")


class _AppFiles(DefaultFilter):
    """Python files and settings, outside of virtual environments and of the host's own data."""

    def __init__(self, data_folder: Path) -> None:
        super().__init__(ignore_paths=[data_folder])

    def __call__(self, change: Change, path: str) -> bool:
        name = Path(path).name
        return (name.endswith(".py") or name in _SETTINGS) and super().__call__(change, path)


async def changes(app_folder: Path, data_folder: Path, stop: asyncio.Event) -> AsyncIterator[Path]:
    """One changed file for each burst of changes, until `stop` is set."""
    async for burst in awatch(app_folder, watch_filter=_AppFiles(data_folder), stop_event=stop, debounce=300):
        yield Path(min(path for _, path in burst))
