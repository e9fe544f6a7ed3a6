"""Paths of an orchestration side by side: an instance ends on the path it began on.

An instance keeps for life the version that host.json named (`defaultVersion`) when it was started. The newest path of
an orchestration stands in its own file under its own name; `EARLIER` keeps those before it until nothing runs on them
any more. docs/upgrade.md shows it by an example.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from durabletask.task import OrchestrationContext

from orchestrations.calling import Work

type Orchestration = Callable[[OrchestrationContext, Any], Work[Any]]

EARLIER: Mapping[str, Mapping[str, Orchestration]] = {}
"""By orchestration: the path that instances of versions before this one are on, `{"2.0": resolve_ticket_1}`."""


def in_versions(newest: Orchestration, earlier: Mapping[str, Orchestration]) -> Orchestration:
    """One orchestration under the newest path's name, which takes each instance along its own path."""
    if not earlier:
        return newest

    @wraps(newest)
    def by_version(ctx: OrchestrationContext, data: Any) -> Work[Any]:
        return (yield from path_of(ctx.version, newest, earlier)(ctx, data))

    return by_version


def path_of(version: str | None, newest: Orchestration, earlier: Mapping[str, Orchestration]) -> Orchestration:
    """The path of the first change that came after the version; none is older than any."""
    begun = numbers(version) if version else ()
    later = [change for change in earlier if begun < numbers(change)]
    return earlier[min(later, key=numbers)] if later else newest


def numbers(version: str) -> tuple[int, ...]:
    """A version's numbers, by which it is compared: `10.0` comes after `9.0`. Raises ValueError for anything else."""
    return tuple(int(part) for part in version.split("."))
