"""Binding expressions in output paths: `{rand-guid}`, `{DateTime}`, and what the trigger brought along."""

import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

_EXPRESSION = re.compile(r"\{([^{}]+)\}")


class UnknownExpression(Exception):
    """A path names something that the trigger does not have."""


def trigger_data(metadata: Mapping[str, Any], body: bytes | str | None) -> dict[str, Any]:
    """What expressions may name: the trigger's metadata, and the fields of a JSON body."""
    fields: dict[str, Any] = {}
    try:
        content: object = json.loads(body) if body else None
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        fields.update(cast(dict[str, Any], content))
    fields.update(metadata)
    return fields


def resolve(text: str, data: Mapping[str, Any]) -> str:
    """Put values in the place of the expressions in `text`.

    Raises:
        UnknownExpression: there is no value of such a name.
    """
    return _EXPRESSION.sub(lambda match: _value(match.group(1), data), text)


def _value(expression: str, data: Mapping[str, Any]) -> str:
    name, _, form = expression.partition(":")
    if name.lower() in ("rand-guid", "sys.randguid"):
        number = uuid.uuid4()
        return number.hex if form.upper() == "N" else str(number)
    if name.lower() in ("datetime", "sys.utcnow"):
        now = datetime.now(UTC)
        return _net_format(now, form) if form else now.isoformat(timespec="seconds").replace("+00:00", "Z")
    value: Any = data
    for step in name.split("."):
        found: Mapping[str, Any] = cast(Mapping[str, Any], value) if isinstance(value, Mapping) else {}
        key = next((key for key in found if key.lower() == step.lower()), None)
        if key is None:
            raise UnknownExpression(f"'{{{expression}}}' names nothing that the trigger has")
        value = found[key]
    return value if isinstance(value, str) else json.dumps(value)


def _net_format(moment: datetime, form: str) -> str:
    parts = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S"}
    return re.sub(r"yyyy|MM|dd|HH|hh|mm|ss", lambda match: moment.strftime(parts[match.group()]), form)
