"""So much of Cosmos DB's query language as the desk uses, said in SQLite's; whatever else is refused."""

import re
from typing import NamedTuple

_TOKEN = re.compile(r"\s+|@\w+|\w+(?:\.\w+)*|<=|>=|!=|[=<>(),*]|\S")
_SAME = frozenset({"AND", "OR", "NOT", "IN", "true", "false", "=", "!=", "<", ">", "<=", ">=", "(", ")", ","})
_SHAPE = re.compile(
    r"SELECT (?P<top>TOP (?P<most>@\w+) )?(?P<what>\*|VALUE COUNT\(1\)|VALUE c[.\w]+) FROM c WHERE (?P<where>.+?)"
    r"(?: ORDER BY (?P<by>c[.\w]+)(?P<down> DESC)?)?"
)
_BEGINNING = re.compile(r"EXISTS\(SELECT VALUE w FROM w IN (c[.\w]+) WHERE STARTSWITH\(w, (@\w+)\)\)")
_HOLDS = re.compile(r"ARRAY_CONTAINS\((c[.\w]+), (@\w+)\)")
_DEFINED = re.compile(r"IS_DEFINED\((c[.\w]+)\)")


class NotUnderstood(ValueError):
    """The query is not of a kind that this server knows."""


class Query(NamedTuple):
    """`value` and `by` are paths within a document; `value` is None for whole documents."""

    where: str
    value: str | None
    counts: bool
    most: str | None
    by: str | None
    down: bool


def understood(text: str) -> Query:
    """Raises NotUnderstood."""
    shape = _SHAPE.fullmatch(" ".join(text.split()))
    if shape is None:
        raise NotUnderstood(text)
    what = shape["what"]
    value = _path(what.removeprefix("VALUE ")) if what.startswith("VALUE c") else None
    by = _path(shape["by"]) if shape["by"] else None
    return Query(_condition(shape["where"]), value, "COUNT" in what, shape["most"], by, shape["down"] is not None)


def _path(name: str) -> str:
    return "$" + name.removeprefix("c")


def _each(name: str) -> str:
    return f"json_each(body, '{_path(name)}')"


def _condition(text: str) -> str:
    """Paths become json_extract, parameters SQLite's; every other word must be one that means the same in both."""
    done: list[str] = []

    def kept(sql: str) -> str:
        done.append(sql)
        return f" kept{len(done) - 1} "

    def begins(found: re.Match[str]) -> str:
        name = f":{found[2][1:]}"
        return kept(f"EXISTS (SELECT 1 FROM {_each(found[1])} WHERE substr(value, 1, length({name})) = {name})")

    def holds(found: re.Match[str]) -> str:
        return kept(f"EXISTS (SELECT 1 FROM {_each(found[1])} WHERE value = :{found[2][1:]})")

    def is_defined(found: re.Match[str]) -> str:
        return kept(f"json_type(body, '{_path(found[1])}') IS NOT NULL")

    text = _DEFINED.sub(is_defined, _HOLDS.sub(holds, _BEGINNING.sub(begins, text)))
    return " ".join(_word(word, done) for word in _TOKEN.findall(text))


def _word(word: str, done: list[str]) -> str:
    if not word.strip() or word in _SAME:
        return word
    if word.startswith("@"):
        return f":{word[1:]}"
    if word.startswith("c."):
        return f"json_extract(body, '{_path(word)}')"
    if re.fullmatch(r"kept\d+", word):
        return done[int(word[4:])]
    raise NotUnderstood(word)
