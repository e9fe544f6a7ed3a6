"""What the desk is made of that others wrote: Python packages and the console's libraries, with their licences."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
}
"""SPDX ids of the classifiers that packages use which name no expression."""
PINNED = re.compile(r"^([A-Za-z0-9._\[\]-]+==[^\\\n]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """`licence` is an SPDX expression where one can be made of what the part says, else its own words."""

    kind: str
    name: str
    version: str
    licence: str


def parts(root: Path) -> list[Part]:
    """All that is deployed, as it is installed here. Raises LookupError where that is not what the lock says."""
    wanted = [Requirement(line) for line in PINNED.findall((root / "requirements.txt").read_text())]
    here = [one for one in wanted if one.marker is None or one.marker.evaluate()]
    return [_package(one) for one in here] + _console_libraries(root / "console" / "package-lock.json")


def faults(found: Collection[Part], rules: Mapping[str, Any]) -> list[str]:
    """Parts whose licence the rules neither allow nor accept for them, and acceptances that nothing needs any more."""
    allowed, accepted = frozenset(rules["allowed"]), rules["accepted"]
    asking = [part for part in found if not is_allowed(part.licence, allowed)]
    refused = [
        f"{part.name} {part.version}: {part.licence}, see delivery/licences.json"
        for part in asking
        if part.name not in accepted
    ]
    needless = sorted(accepted.keys() - {part.name for part in asking})
    return refused + [f"{name}: accepted, and nothing asks for it" for name in needless]


def is_allowed(expression: str, allowed: Collection[str]) -> bool:
    """Of alternatives one must be allowed, of what applies together all; what is in parentheses counts first."""
    yes, no = "\n", "\t"  # no licence is called so
    while inner := re.search(r"\(([^()]*)\)", expression):
        expression = expression.replace(inner[0], yes if is_allowed(inner[1], allowed) else no)
    known = {yes, *allowed}
    return any(all(one in known for one in both.split(" AND ")) for both in expression.split(" OR "))


def licence_of(package: Distribution) -> str:
    """What the package declares: its SPDX expression, else its classifiers, else its own words."""
    told = package.metadata
    for field in ("License-Expression", "License"):
        if (words := told.get(field, "")) and (expression := _spdx(words)):
            return expression
    classifiers = [each.rpartition(" :: ")[2] for each in told.get_all("Classifier", []) if each.startswith("License")]
    named = [CLASSIFIED[each] for each in classifiers if each in CLASSIFIED]
    return " AND ".join(named) or told.get("License", "").partition("\n")[0] or ", ".join(classifiers) or "unknown"


def _package(wanted: Requirement) -> Part:
    version = str(wanted.specifier).removeprefix("==")
    try:
        package = distribution(wanted.name)
    except PackageNotFoundError as error:
        raise LookupError(f"{wanted.name} is locked and not installed: run ./setup.sh") from error
    if package.version != version:
        raise LookupError(f"{wanted.name} is locked as {version} and installed as {package.version}: run ./setup.sh")
    return Part("pypi", canonicalize_name(wanted.name), version, licence_of(package))


def _console_libraries(lock: Path) -> list[Part]:
    packages: dict[str, dict[str, Any]] = json.loads(lock.read_text())["packages"]
    libraries = packages[""]["dependencies"]
    locked = {name: packages[f"node_modules/{name}"] for name in libraries}
    return [
        Part("npm", name, entry["version"], _spdx(entry["license"]) or entry["license"])
        for name, entry in locked.items()
    ]


def _spdx(words: str) -> str | None:
    try:
        return canonicalize_license_expression(words)
    except InvalidLicenseExpression:
        return None
