"""A question as an agent reads it: one JSON document."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic_core import to_json

from shared.model import Model
from shared.thinking import Passage


def as_read(question: Model) -> str:
    """Without what is not there, and without the scores of passages: they stand in their order, and a score that moves
    with every other article would end the beginning that two prompts share.

    A field that must be given is there, null too, so that what is read can be made a question again.
    """
    return to_json(_told(question)).decode()


def _told(value: Any) -> Any:
    if isinstance(value, Model):
        fields = type(value).model_fields
        return {
            name: _told(content)
            for name, content in value
            if (content is not None or fields[name].is_required()) and not _is_score(value, name)
        }
    if isinstance(value, Mapping):
        return {key: _told(content) for key, content in cast(Mapping[str, Any], value).items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_told(one) for one in cast(Sequence[Any], value)]
    return value


def _is_score(value: Model, name: str) -> bool:
    return isinstance(value, Passage) and name == "score"
