"""What pip-audit says of the locked packages; what it could not look up counts as not known, never as clean."""

from collections.abc import Iterable
from typing import Any


def faults(report: dict[str, Any]) -> list[str]:
    """Of pip-audit's JSON: each known vulnerability, and one line for all packages that it did not find."""
    packages: list[dict[str, Any]] = report["dependencies"]
    known = [
        f"{package['name']} {package['version']}: {found['id']}{_mended(found['fix_versions'])}"
        for package in packages
        for found in package.get("vulns", [])
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if not packages or skipped:
        known.append(
            f"{len(skipped)} of {len(packages)} packages could not be looked up: this needs the network, "
            "and PyPI itself, which a mirror does not stand in for"
        )
    return known


def _mended(versions: Iterable[str]) -> str:
    return f", mended in {', '.join(versions)}" if versions else ", not mended yet"
