"""The files of infra/ that follow from the code and its documents, for the Bicep files to read."""

from collections.abc import Callable, Mapping
from pathlib import Path

from infra import alerts, containers, topology, workbook

FILES: Mapping[str, Callable[[Path], str]] = {
    topology.FILE: lambda _: topology.wanted(),
    containers.FILE: lambda _: containers.wanted(),
    alerts.FILE: lambda _: alerts.wanted(),
    workbook.FILE: workbook.wanted,
}


def faults(root: Path) -> list[str]:
    return [
        f"infra/{name} is not what the code needs: run `make docs`"
        for name, wanted in FILES.items()
        if (root / "infra" / name).read_text(encoding="utf-8") != wanted(root)
    ]


def write(root: Path) -> None:
    for name, wanted in FILES.items():
        (root / "infra" / name).write_text(wanted(root), encoding="utf-8")
