"""The base of every model that crosses a boundary, and what is read out of any of them."""

from collections.abc import Callable, Iterator
from typing import Any, cast

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen, and strict about unknown fields: a typo at a boundary is an error, never silence."""

    # Schemas are built when a model is first used: a cold start needs few of them. What was given stays out of errors:
    # the host logs those of a message that cannot be read, and no masking of ours sees its log.
    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, defer_build=True, hide_input_in_errors=True
    )


def texts_in(content: Any) -> Iterator[str]:
    """Every text in plain JSON, wherever it stands; names of fields are none, nor are numbers."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        parts = cast(dict[str, Any] | list[Any], content)
        for part in parts.values() if isinstance(parts, dict) else parts:
            yield from texts_in(part)


def with_texts(content: Any, change: Callable[[str], str]) -> Any:
    """The same plain JSON with every text in it changed."""
    if isinstance(content, str):
        return change(content)
    if isinstance(content, dict):
        return {name: with_texts(part, change) for name, part in cast(dict[str, Any], content).items()}
    if isinstance(content, list):
        return [with_texts(part, change) for part in cast(list[Any], content)]
    return content
