"""docs/cost.md: what it works out is right, and it is about the sizes that are deployed."""

import ast
import json
import operator
import re
from collections.abc import Callable
from typing import cast

import pytest

from samples.stack import REPOSITORY

TEXT = (REPOSITORY / "docs" / "cost.md").read_text(encoding="utf-8")
WORKED_OUT = re.compile(r"((?:\(|\d)[\d.,×+\-/()\s]*) = (\d[\d.,]*\d)")
SIGNS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


def value(node: ast.expr) -> float:
    if isinstance(node, ast.BinOp):
        return SIGNS[type(node.op)](value(node.left), value(node.right))
    return float(cast(float, cast(ast.Constant, node).value))


def number(written: str) -> float:
    return float(written.replace(",", ""))


def rows() -> list[list[str]]:
    table = TEXT.split("## A month")[1].split("## ")[0]
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]


@pytest.mark.parametrize("line", WORKED_OUT.findall(TEXT), ids=lambda line: line[1])
def test_what_is_worked_out_is_right(line: tuple[str, str]):
    sum_, result = line
    digits = len(result.partition(".")[2])
    found = value(ast.parse(sum_.replace(",", "").replace("×", "*").strip(), mode="eval").body)
    assert round(found + 1e-9, digits) == number(result)


@pytest.mark.parametrize(("column", "size"), [(1, "dev"), (2, "test"), (3, "prod")])
def test_a_column_adds_up_and_has_the_amounts_of_its_size(column: int, size: str):
    heading, _, *items, total = rows()
    assert heading[column].startswith(size)
    assert round(sum(number(row[column].split("=")[1]) for row in items), 2) == number(total[column])
    amount = json.loads((REPOSITORY / "infra" / "sizes.json").read_text())[size]
    cells = {row[0]: row[column] for row in items}
    assert ("730 × 2" in cells["AI Search"]) == (amount["searchReplicas"] == 2)
    assert ("730 × 2" in cells["Redis"]) == amount["redisHighAvailability"]
    assert cells["Redis"].startswith({"Balanced_B0": "0.016", "Balanced_B1": "0.032"}[amount["redisSku"]])
    ready = sum(entry["instanceCount"] for entry in amount["alwaysReady"]) * amount["instanceMemoryMB"] // 1024
    assert cells["Functions, ready"].startswith(f"{ready} ×")
    rules = len(json.loads((REPOSITORY / "infra" / "alert-rules.json").read_text()))
    assert cells["Alert rules"].startswith(f"{rules} ×")
