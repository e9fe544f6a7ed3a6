"""Versions of orchestration instances: which one a new instance gets, and which ones this host runs."""

from dataclasses import dataclass
from typing import Literal, cast, get_args

type Match = Literal["none", "strict", "currentorolder"]


@dataclass(frozen=True, slots=True)
class Versions:
    """`defaultVersion` and `versionMatchStrategy` of host.json.

    An instance whose version does not fit stays as it is, for a host that it fits (`versionFailureStrategy: Reject`).
    """

    default: str | None = None
    match: Match = "currentorolder"

    def fits(self, version: str | None) -> bool:
        """Whether this host runs instances of that version; none is older than any, and without a default all do."""
        if self.default is None or self.match == "none":
            return True
        if self.match == "strict":
            return version == self.default
        return version is None or _is_older_or_same(version, self.default)


def read_versions(default: object, match: object, failure: object) -> Versions:
    """What host.json says, None for what it leaves out.

    Raises:
        ValueError: a strategy that there is not, or that this host does not have.
    """
    strategy = str(match or "CurrentOrOlder").lower()
    if strategy not in get_args(Match.__value__):
        raise ValueError(f"versionMatchStrategy is '{match}', it must be None, Strict or CurrentOrOlder")
    if str(failure or "Reject").lower() != "reject":
        raise ValueError(f"versionFailureStrategy is '{failure}', this host knows Reject only")
    return Versions(str(default) if default else None, cast(Match, strategy))


def _is_older_or_same(version: str, than: str) -> bool:
    """By their numbers where both have two to four, as .NET versions have; else as text in any case."""
    ours, theirs = _numbers(version), _numbers(than)
    if ours and theirs:
        return ours <= theirs
    return version.casefold() <= than.casefold()


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(map(int, parts)) if 2 <= len(parts) <= 4 and all(part.isdecimal() for part in parts) else ()
