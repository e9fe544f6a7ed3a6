"""A version for each orchestration, and its paths side by side: an instance ends on the path it began on.

An instance keeps for life the version that it was started with, which is that of its own orchestration and no other's.
The newest path of an orchestration stands in its own file under its own name; `CHANGES` keeps the files before it until
nothing runs on them any more. docs/upgrade.md shows it by an example.
"""

from collections.abc import Callable, Generator, Mapping
from functools import wraps
from importlib import import_module
from typing import Any

from durabletask.task import OrchestrationContext, Task

type Steps = Generator[Task[Any], Any, Any]
type Orchestration = Callable[[OrchestrationContext, Any], Steps]

FIRST = "1.0"

CHANGES: Mapping[str, Mapping[str, str | None]] = {}
"""By orchestration: the versions that changed its path, each with the file that keeps the path before it, or None once
nothing runs on that any more: `{"resolve_ticket": {"2.0": "resolve_ticket_1"}}`. They are names of files because what
stands in these starts children by version itself."""


def newest_version(orchestration: str) -> str:
    """What an instance is started with: that of the last change of its own orchestration."""
    return max(CHANGES.get(orchestration, {}), key=numbers, default=FIRST)


def version_to_start(orchestration: str, set_back: str | None) -> str:
    """The newest version, or the one an operator set the orchestration back to, as long as its path is kept."""
    changes = CHANGES.get(orchestration, {})
    if set_back is None or (left := change_after(set_back, changes)) is None or changes[left] is None:
        return newest_version(orchestration)
    return set_back


def earlier_paths(orchestration: str) -> dict[str, Orchestration | None]:
    """The paths before each change; a file keeps the name that its orchestration has. Raises ImportError."""
    return {
        change: None if file is None else getattr(import_module(f"orchestrations.{file}"), orchestration)
        for change, file in CHANGES.get(orchestration, {}).items()
    }


def in_versions(newest: Orchestration, earlier: Mapping[str, Orchestration | None]) -> Orchestration:
    """One orchestration under the newest path's name, which takes each instance along its own path."""
    if not earlier:
        return newest

    @wraps(newest)
    def by_version(ctx: OrchestrationContext, data: Any) -> Steps:
        change = change_after(ctx.version, earlier)
        path = newest if change is None else earlier[change]
        if path is None:
            raise LookupError(f"the path before {change} is gone")
        return (yield from path(ctx, data))

    return by_version


def change_after(version: str | None, changes: Mapping[str, Any]) -> str | None:
    """The first change since the version, which is on the path before it; no version is older than any."""
    begun = numbers(version) if version else ()
    return min((change for change in changes if begun < numbers(change)), key=numbers, default=None)


def numbers(version: str) -> tuple[int, ...]:
    """A version's numbers, by which it is compared: `10.0` comes after `9.0`. Raises ValueError for anything else."""
    return tuple(int(part) for part in version.split("."))
