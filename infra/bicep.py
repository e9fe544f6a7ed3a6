"""Reads Bicep files as far as the checks need: resources, parameters, outputs, and the keys of objects."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _parser() -> Any:
    import tree_sitter_bicep
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bicep.language()))


def files(infra: Path) -> list[Path]:
    return sorted([*infra.glob("*.bicep"), *(infra / "modules").glob("*.bicep")])


def nodes(path: Path) -> Iterator[Any]:
    """Every node of the syntax tree, parents first."""
    waiting = [_parser().parse(path.read_bytes()).root_node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def errors(path: Path) -> list[str]:
    return [
        f"{path.name}:{node.start_point[0] + 1}: cannot be read"
        for node in nodes(path)
        if node.type == "ERROR" or node.is_missing
    ]


def text(node: Any) -> str:
    return node.text.decode()


def resource_types(path: Path) -> list[str]:
    """`Provider/type@version` of each resource, declared or existing."""
    found: list[str] = []
    for node in nodes(path):
        if node.type == "resource_declaration":
            found.extend(text(part).strip("'") for part in node.children if part.type == "string")
    return found


def parameters(path: Path) -> set[str]:
    return _declared(path, "parameter_declaration")


def outputs(path: Path) -> set[str]:
    return _declared(path, "output_declaration")


def _declared(path: Path, kind: str) -> set[str]:
    return {
        text(next(part for part in node.children if part.type == "identifier"))
        for node in nodes(path)
        if node.type == kind
    }


def keys_of_variables(path: Path) -> dict[str, list[str]]:
    """The keys of each variable that is an object, as written."""
    found: dict[str, list[str]] = {}
    for node in nodes(path):
        if node.type == "variable_declaration" and (body := _child(node, "object")) is not None:
            name = text(next(part for part in node.children if part.type == "identifier"))
            found[name] = [
                text(part.children[0]).strip("'") for part in body.children if part.type == "object_property"
            ]
    return found


def _child(node: Any, kind: str) -> Any:
    return next((part for part in node.children if part.type == kind), None)
