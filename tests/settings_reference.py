"""docs/configuration.md lists the settings as the code declares them.

`python tests/settings_reference.py` tells whether it is in step; with `--write` it makes it so.
"""

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Iterable
from datetime import date, time
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pydantic import BaseModel  # noqa: E402

from shared.setting_types import Section  # noqa: E402
from shared.settings import SECTIONS, environment_names  # noqa: E402
from shared.settings_policy import DEFAULT_TARGETS  # noqa: E402

PAGE = ROOT / "docs" / "configuration.md"
BEGINS, ENDS = "<!-- settings: make docs -->", "<!-- end of settings -->"


def reference() -> str:
    return "\n\n".join(_section(section) for section in SECTIONS)


def _section(section: type[Section]) -> str:
    meanings = _meanings(section)
    rows = [
        f"| {_names(section, attribute)} | {_shown(field.default)} | {meanings[attribute]} |"
        for attribute, field in section.model_fields.items()
    ]
    title = (section.__doc__ or "").strip()
    return "\n".join((f"### {title}", "", "| Setting | Default | Meaning |", "| --- | --- | --- |", *rows))


def _meanings(section: type[Section]) -> dict[str, str]:
    """The text under each attribute. Raises KeyError for an attribute that has none."""
    body = ast.parse(textwrap.dedent(inspect.getsource(section))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for statement, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = after.value if isinstance(after, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found[statement.target.id] = " ".join(text.value.split()).replace("|", "\\|")
    return found


def _names(section: type[Section], attribute: str) -> str:
    return " or ".join(f"`{name}`" for name in environment_names(section, attribute))


def _shown(default: Any) -> str:
    if default is None or default in ("", (), frozenset(), {}):
        return ""
    if default == DEFAULT_TARGETS:
        return "see below"
    return f"`{_written(default)}`"


def _written(value: Any) -> str:
    """A value as one would write it in the environment."""
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | frozenset):
        return ",".join(_written(part) for part in cast(Iterable[Any], value))
    if isinstance(value, dict):
        return json.dumps(value, default=_plain)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain(value: Any) -> Any:
    return value.model_dump() if isinstance(value, BaseModel) else str(value)


def main() -> int:
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGINS)
    _, after = rest.split(ENDS)
    wanted = f"{before}{BEGINS}\n\n{reference()}\n\n{ENDS}{after}"
    if "--write" in sys.argv[1:]:
        PAGE.write_text(wanted, encoding="utf-8")
    elif page != wanted:
        print("docs/configuration.md is not what the code declares: run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
