"""The software bill of materials (CycloneDX) of what is deployed, out of that of everything installed here."""

from collections.abc import Iterable
from typing import Any

from packaging.utils import canonicalize_name

from delivery.parts import Part


def bill_of(everything: dict[str, Any], parts: Iterable[Part]) -> dict[str, Any]:
    """`everything` without tools and tests, and with the console's libraries, which no Python environment knows.

    Raises LookupError for a part that is missing in it.
    """
    parts = list(parts)
    by_name: dict[str, Any] = {
        canonicalize_name(component["name"]): component for component in everything["components"]
    }
    missing = [part.name for part in parts if part.kind == "pypi" and part.name not in by_name]
    if missing:
        raise LookupError(f"not in the environment's bill: {', '.join(missing)}")
    components = [by_name[part.name] if part.kind == "pypi" else _library(part) for part in parts]
    root = everything["metadata"]["component"]["bom-ref"]
    refs = {root, *(component["bom-ref"] for component in components)}
    return everything | {
        "components": components,
        "dependencies": [_within(entry, refs) for entry in everything["dependencies"] if entry["ref"] in refs],
    }


def _within(entry: dict[str, Any], refs: set[str]) -> dict[str, Any]:
    return {"ref": entry["ref"]} | {"dependsOn": [ref for ref in entry.get("dependsOn", []) if ref in refs]}


def _library(part: Part) -> dict[str, Any]:
    purl = f"pkg:npm/{part.name}@{part.version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": part.name,
        "version": part.version,
        "purl": purl,
        "licenses": [{"expression": part.licence}],
    }
