"""SECURITY.md names a test for each threat, and each of them exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
KINDS = {"S": "Spoofing", "T": "Tampering", "R": "Repudiation", "I": "Information", "D": "Denial", "E": "Elevation"}


def threats() -> list[list[str]]:
    lines = (ROOT / "SECURITY.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d \w+ \|", line)]
    assert rows
    return rows


def missing(page: str) -> list[str]:
    return [f"{path}::{name}" for path, name in NAMED.findall(page) if name not in functions_of(ROOT / path)]


def functions_of(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, functions)}


def test_each_threat_names_a_test_and_every_named_test_exists():
    assert [row for row in threats() if not NAMED.search(row[3])] == []
    assert missing((ROOT / "SECURITY.md").read_text()) == []


def test_every_kind_of_threat_is_looked_at_where_people_come_in():
    at_doors = " ".join(row[1] for row in threats() if row[0] == "1 doors")
    assert [kind for letter, kind in KINDS.items() if f"**{letter}**{kind[1:]}" not in at_doors] == []


def test_a_test_that_is_not_there_is_found():
    assert missing("`tests/unit/test_security_page.py::test_nobody_wrote`, `tests/unit/gone.py::test_it`") == [
        "tests/unit/test_security_page.py::test_nobody_wrote",
        "tests/unit/gone.py::test_it",
    ]
