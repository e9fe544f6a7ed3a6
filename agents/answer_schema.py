"""The JSON schema a model is held to while it answers.

Strict structured output accepts a subset of JSON Schema: every object closed, every property required, no
`oneOf`, no defaults, and (on Azure) no bounds. Bounds are still enforced, by validation of what comes back.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from shared.model import Model

UNSUPPORTED = frozenset(
    [
        *("default", "discriminator", "title"),
        *("format", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "pattern"),
    ]
)


@cache
def response_format(answer: type[Model]) -> dict[str, Any]:
    """The `response_format` option for an answer type; treat it as read-only."""
    return {
        "type": "json_schema",
        "json_schema": {
            "name": answer.__name__,
            "schema": _strict(answer.model_json_schema()),
            "strict": True,
        },
    }


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(item) for item in cast(list[Any], node)]
    if not isinstance(node, Mapping):
        return node
    schema = {
        "anyOf" if key == "oneOf" else key: _strict_named(value) if key in ("properties", "$defs") else _strict(value)
        for key, value in cast(Mapping[str, Any], node).items()
        if key not in UNSUPPORTED
    }
    if "properties" in schema:
        schema |= {"required": list(schema["properties"]), "additionalProperties": False}
    return schema


def _strict_named(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Schemas by property name: `title` is a keyword in a schema but may also be a property."""
    return {name: _strict(schema) for name, schema in schemas.items()}
