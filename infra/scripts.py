"""The hooks of azd: shell that holds, the same steps for both shells, and given what they ask for."""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from infra import bicep

SHELLCHECK = Path(sys.executable).with_name("shellcheck")

_STEP = re.compile(r'^(?:"\$python" (.+)|& \$python (.+))$', re.MULTILINE)
_ASKED = re.compile(r"""^(?:: "\$\{(\w+):\?.*|\s+'(\w+)')$""", re.MULTILINE)


def faults(root: Path, settings: Iterable[str]) -> list[str]:
    """`settings` are the names that the code reads."""
    hooks = root / "infra" / "hooks"
    found = _shell([*sorted(hooks.glob("*.sh")), root / "setup.sh"])
    found += [fault for script in sorted(hooks.glob("*.ps1")) for fault in _powershell(script)]
    for posix in sorted(hooks.glob("*.sh")):
        windows = posix.with_suffix(".ps1")
        for what, pattern in (("runs", _STEP), ("asks for", _ASKED)):
            there, here = _all(pattern, posix), _all(pattern, windows)
            found += [f"{windows.name} {what} {here}, {posix.name} {there}"] if there != here else []
    asked = set(_all(_ASKED, hooks / "postprovision.sh"))
    given = bicep.outputs(root / "infra" / "main.bicep")
    found += [f"main.bicep has no output {name}, which postprovision asks for" for name in sorted(asked - given)]
    unused = sorted(given & set(settings) - asked)
    return found + [f"main.bicep gives {name}, which postprovision does not ask for" for name in unused]


def _all(pattern: re.Pattern[str], script: Path) -> list[str]:
    text = script.read_text(encoding="utf-8")
    return [found[1] or found[2] for found in pattern.finditer(text)]


def _powershell(script: Path) -> list[str]:
    import tree_sitter_powershell
    from tree_sitter import Language, Parser

    tree = Parser(Language(tree_sitter_powershell.language())).parse(script.read_bytes())
    return [f"{script.name}: cannot be read"] if tree.root_node.has_error else []


def _shell(scripts: list[Path]) -> list[str]:
    run = subprocess.run([SHELLCHECK, "-s", "sh", "-f", "gcc", *scripts], capture_output=True, text=True, check=False)
    return [line for line in (run.stdout + run.stderr).splitlines() if line]
