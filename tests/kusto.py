"""So much of the Kusto query language as the documented queries use: enough to find a name that nobody defines."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

QUERY = re.compile(r"^```kusto\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOKEN = re.compile(r'"[^"]*"|\d+(?:\.\d+)?[smhd]?|[A-Za-z_]\w*|==|[|()\[\],=*/<>;+-]|\s+|(?P<unknown>.)')
CLOSES = {")": "(", "]": "["}

OPERATORS = {"where", "project", "extend", "summarize", "order", "render", "union"}
WORDS = OPERATORS | {"let", "by", "in", "asc", "desc", "timechart", "true", "false"}
FUNCTIONS = {"ago", "arg_max", "bin", "count", "countif", "max", "percentile", "sum", "toint", "tostring"}
SPAN_COLUMNS = {
    "timestamp", "id", "name", "duration", "success", "resultCode", "customDimensions", "operation_Id",
    "operation_ParentId",
}  # fmt: skip
COLUMNS = {
    "requests": SPAN_COLUMNS,
    "dependencies": SPAN_COLUMNS,
    "traces": {"timestamp", "message", "severityLevel", "customDimensions", "operation_Id"},
    "customMetrics": {"timestamp", "name", "value", "valueSum", "valueCount", "customDimensions"},
}
"""Of the tables of Application Insights, those that the queries have use for."""


class Query(NamedTuple):
    text: str
    tables: frozenset[str]
    dimensions: frozenset[str]
    metrics: frozenset[str]


def queries(path: Path) -> tuple[Query, ...]:
    return tuple(parse(text) for text in QUERY.findall(path.read_text()))


def parse(text: str) -> Query:
    """Raises SyntaxError for what Kusto could not take: unbalanced brackets, an unknown operator or name."""
    tokens = list(_tokens(text))
    tables = frozenset(token for token in tokens if token in COLUMNS)
    if not tables:
        raise SyntaxError(f"no table: {text}")
    _check_brackets(tokens)
    _check_operators(tokens)
    defined = {name for name, sign in pairwise(tokens) if sign == "="}
    known = WORDS | FUNCTIONS | defined | tables | set[str]().union(*(COLUMNS[table] for table in tables))
    if strange := [token for token in tokens if token[0].isalpha() and token not in known]:
        raise SyntaxError(f"{strange} in {text}")
    if "customMetrics" in tables:
        metrics = frozenset(token.strip('"') for token in tokens if token.startswith('"helpdesk.'))
    else:
        metrics = frozenset[str]()
    return Query(text, tables, frozenset(re.findall(r'customDimensions\["([^"]+)"\]', text)), metrics)


def _tokens(text: str) -> Iterator[str]:
    for found in TOKEN.finditer(text):
        if found["unknown"]:
            raise SyntaxError(f"{found['unknown']!r} in {text}")
        if not found[0].isspace():
            yield found[0]


def _check_brackets(tokens: list[str]) -> None:
    opened: list[str] = []
    for token in tokens:
        if token in CLOSES.values():
            opened.append(token)
        elif token in CLOSES and (not opened or opened.pop() != CLOSES[token]):
            raise SyntaxError(f"a {token} too many")
    if opened:
        raise SyntaxError(f"{opened} stay open")


def _check_operators(tokens: list[str]) -> None:
    for pipe, operator in pairwise(tokens):
        if pipe == "|" and operator not in OPERATORS:
            raise SyntaxError(f"{operator} is no operator")
