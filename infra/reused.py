"""What is there already can be used instead of a new one: for each kind, one module makes it and one goes into it.

The first is left out where a resource id is given; the second always runs, where the thing is, so it alone may give
rights, and may make only what hangs on something: an account, and what an account has one of, may be somebody else's.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from infra import bicep
from infra.bicep import Declared

BY_ID = {"workspace"}
"""Used by its id alone: nothing of the desk's stands in it."""
RIGHTS = ("/roleAssignments", "/sqlRoleAssignments", "/accessPolicyAssignments")


def faults(root: Path) -> list[str]:
    desk = root / "infra" / "desk.bicep"
    kinds = set(bicep.keys_of_variables(desk)["nothing"])
    modules = bicep.modules(desk)
    found = list(_told(root, kinds))
    for kind in sorted(kinds - BY_ID):
        makers = [module for module in modules if f"empty(reused.{kind})" in module.condition]
        inside = [module for module in modules if f"at.{kind}[4]" in module.body.get("scope", "")]
        found += _order(kind, makers, inside)
        found += [
            f"{Path(module.of).name}: {right} gives a right to new ones only"
            for module in makers
            for right in _rights(desk.parent / module.of)
        ]
        found += [fault for module in inside for fault in _of_a_guest(desk.parent / module.of)]
        if not any(_rights(desk.parent / module.of) for module in inside):
            found.append(f"desk.bicep: no module gives the desk a right in {kind}")
    return found


def _told(root: Path, kinds: set[str]) -> Iterator[str]:
    parameters = json.loads((root / "infra" / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    asked: dict[str, str] = parameters["existingIds"]["value"]
    yield from (f"main.parameters.json: existingIds has no {kind}" for kind in sorted(kinds - asked.keys()))
    yield from (f"desk.bicep: nobody asks for the id of {kind}" for kind in sorted(asked.keys() - kinds))
    page = (root / "docs" / "deploy.md").read_text(encoding="utf-8")
    for name in sorted(re.findall(r"\$\{(HELPDESK_\w+)=", json.dumps(parameters))):
        if not re.search(rf"\b{name}\b", page):
            yield f"docs/deploy.md does not tell of {name}"


def _order(kind: str, makers: list[Declared], inside: list[Declared]) -> Iterator[str]:
    if len(makers) != 1:
        yield f"desk.bicep: not one module makes {kind} where no id is given"
    if not any(re.search(rf"\b{maker.symbol}\b", module.body.get("dependsOn", ""))
               for maker in makers for module in inside):  # fmt: skip
        yield f"desk.bicep: no module goes into {kind} after it was made"


def _of_a_guest(file: Path) -> Iterator[str]:
    for resource in bicep.resources(file):
        if resource.existing:
            continue
        if not resource.body.keys() & {"parent", "scope"}:
            yield f"{file.name}: {resource.symbol} would be made in somebody else's group"
        if resource.body.get("name") == "'default'":
            yield f"{file.name}: {resource.symbol} would overwrite what there is one of"


def _rights(file: Path) -> list[str]:
    return [
        resource.symbol
        for resource in bicep.resources(file)
        if not resource.existing and resource.of.partition("@")[0].endswith(RIGHTS)
    ]
