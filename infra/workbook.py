"""infra/workbook.json: the queries of docs/telemetry.md on one page, each under the sentence that stands above it."""

import json
import re
from pathlib import Path
from typing import Any

FILE = "workbook.json"
SOURCE = Path("docs") / "telemetry.md"

_QUERY = re.compile(r"(?:^([^\n`|#][^\n]*):\n\n)?^```kusto\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
_ASKED = {"put-the-id-here": "Ticket", "put-the-correlation-id-here": "Call"}
"""What a reader of the document writes into a query, and the field of the page that holds it."""


def wanted(root: Path) -> str:
    items = [_fields()]
    title = ""
    for found in _QUERY.finditer((root / SOURCE).read_text(encoding="utf-8")):
        title = found[1] or title
        items.append(_query(f"query {len(items)}", title, found[2]))
    return json.dumps({"version": "Notebook/1.0", "items": items}, indent=2, ensure_ascii=False) + "\n"


def _query(name: str, title: str, query: str) -> dict[str, Any]:
    for written, field in _ASKED.items():
        query = query.replace(written, f"{{{field}}}")
    content = {
        "version": "KqlItem/1.0",
        "query": query,
        "size": 0,
        "title": title,
        "queryType": 0,
        "resourceType": "microsoft.insights/components",
    }
    return {"type": 3, "content": content, "name": name}


def _fields() -> dict[str, Any]:
    parameters = [
        {"version": "KqlParameterItem/1.0", "name": field, "type": 1, "isRequired": False, "value": ""}
        for field in _ASKED.values()
    ]
    return {"type": 9, "content": {"version": "KqlParameterItem/1.0", "parameters": parameters}, "name": "fields"}
