"""Modules are given what they take, and asked for what they give: what a compiler would say first."""

import re
from collections.abc import Iterator
from pathlib import Path

from infra import bicep

_OUTPUT = re.compile(r"\b(\w+)\.outputs\.(\w+)")


def faults(root: Path) -> list[str]:
    return [fault for path in bicep.files(root / "infra") for fault in _faults(path)]


def _faults(path: Path) -> Iterator[str]:
    modules = {module.symbol: module for module in bicep.modules(path)}
    for symbol, module in modules.items():
        file = path.parent / module.of
        missing, unknown = bicep.required(file) - module.params, module.params - bicep.parameters(file)
        yield from (f"{path.name}: {symbol} is not given {name}" for name in sorted(missing))
        yield from (f"{path.name}: {symbol} has no parameter {name}" for name in sorted(unknown))
    outputs = {symbol: bicep.outputs(path.parent / module.of) for symbol, module in modules.items()}
    for symbol, output in sorted(set(_OUTPUT.findall(path.read_text(encoding="utf-8")))):
        if output not in outputs.get(symbol, ()):
            yield f"{path.name}: {symbol} has no output {output}"
