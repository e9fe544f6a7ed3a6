"""Reads Bicep files as far as the checks need: resources, parameters, outputs, and the keys of objects."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple


class Declared(NamedTuple):
    """A resource or module: `of` is `Provider/type@version` or the module's file, the rest as written."""

    symbol: str
    of: str
    existing: bool
    condition: str
    body: dict[str, str]
    params: frozenset[str]


@cache
def _parser() -> Any:
    import tree_sitter_bicep
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bicep.language()))


@cache
def _tree(content: bytes) -> Any:
    """Each file is asked for many things, and is much the same in every copy of a test."""
    return _parser().parse(content)


def files(infra: Path) -> list[Path]:
    return sorted([*infra.glob("*.bicep"), *(infra / "modules").glob("*.bicep")])


def nodes(path: Path) -> Iterator[Any]:
    """Every node of the syntax tree, parents first."""
    waiting = [_tree(path.read_bytes()).root_node]
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


def resources(path: Path) -> list[Declared]:
    """Those that are there already (`existing`), too."""
    return _declarations(path, "resource_declaration")


def modules(path: Path) -> list[Declared]:
    return _declarations(path, "module_declaration")


def _declarations(path: Path, kind: str) -> list[Declared]:
    return [_declaration(node) for node in nodes(path) if node.type == kind]


def _declaration(node: Any) -> Declared:
    place, condition = node, ""
    while (body := _child(place, "object")) is None:
        place = _child(place, "if_statement") or _child(place, "for_statement")
        condition = text(_child(place, "parenthesized_expression")) if place.type == "if_statement" else condition
    properties = _properties(body)
    return Declared(
        text(_child(node, "identifier")),
        text(_child(node, "string")).strip("'"),
        _child(node, "existing") is not None,
        condition,
        {name: text(value) for name, value in properties.items()},
        frozenset(_properties(properties["params"])) if "params" in properties else frozenset(),
    )


def parameters(path: Path) -> set[str]:
    return _declared(path, "parameter_declaration")


def required(path: Path) -> set[str]:
    """The parameters that have no default."""
    return {
        text(_child(node, "identifier"))
        for node in nodes(path)
        if node.type == "parameter_declaration" and _child(node, "=") is None
    }


def outputs(path: Path) -> set[str]:
    return _declared(path, "output_declaration")


def _declared(path: Path, kind: str) -> set[str]:
    return {text(_child(node, "identifier")) for node in nodes(path) if node.type == kind}


def keys_of_variables(path: Path) -> dict[str, list[str]]:
    """The keys of each variable that is an object, as written."""
    found: dict[str, list[str]] = {}
    for node in nodes(path):
        if node.type == "variable_declaration" and (body := _child(node, "object")) is not None:
            found[text(_child(node, "identifier"))] = list(_properties(body))
    return found


def _properties(body: Any) -> dict[str, Any]:
    """Names and the nodes of their values."""
    return {
        text(part.children[0]).strip("'"): part.children[-1] for part in body.children if part.type == "object_property"
    }


def _child(node: Any, kind: str) -> Any:
    return next((part for part in node.children if part.type == kind), None)
