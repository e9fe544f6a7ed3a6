"""How much of a task is carried along: what is large goes to a blob, and custom status stays small."""

import json
from typing import Any

from pydantic import ValidationError

from shared.tasks import Stored, TaskState

LARGEST_CARRIED_BYTES = 64 * 1024
LARGEST_STATUS_CHARS = 7_500
"""Custom status may have 16 KiB as UTF-16, two bytes a character; some room is left."""


def result_path(instance_id: str, name: str) -> str:
    """Where a large result is put: a repeat of the same step writes the same blob."""
    return f"tasks/{instance_id}/{name}.json"


def needs_blob(content: Any) -> int:
    """The size in bytes of a result too large to carry, else 0."""
    size_bytes = len(json.dumps(content, ensure_ascii=False).encode())
    return size_bytes if size_bytes > LARGEST_CARRIED_BYTES else 0


def stored(result: Any) -> Stored | None:
    """Where a result was put, if it is not carried itself."""
    try:
        return Stored.model_validate(result)
    except ValidationError:
        return None


def shown(state: TaskState) -> tuple[dict[str, Any], bool]:
    """The state as custom status, and whether it is whole: the largest results are left out until it fits."""
    lighter = state
    while _chars(lighter.model_dump(mode="json")) > LARGEST_STATUS_CHARS and lighter != _lightest(lighter):
        lighter = _without_largest(lighter)
    return lighter.model_dump(mode="json"), lighter is state


def _without_largest(state: TaskState) -> TaskState:
    if state.result is not None:
        return state.model_copy(update={"result": None})
    largest = max(state.steps, key=lambda step: _chars(step.result), default=None)
    if largest is not None and largest.result is not None:
        lighter = largest.model_copy(update={"result": None})
        steps = tuple(lighter if step is largest else step for step in state.steps)
        return state.model_copy(update={"steps": steps})
    return _lightest(state)


def _lightest(state: TaskState) -> TaskState:
    """No more than what the task is and where it stands."""
    asks = state.asks.model_copy(update={"laid_out": None}) if state.asks else None
    return state.model_copy(update={"steps": (), "result": None, "asks": asks})


def _chars(content: Any) -> int:
    return len(json.dumps(content))
