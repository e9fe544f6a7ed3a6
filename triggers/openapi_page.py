"""The description of the API for people: one page without any script, made on the server."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import azure.functions as func

from triggers.console import site
from triggers.security_headers import OF_PAGES

type Json = Mapping[str, Any]

HEADERS = {
    **OF_PAGES,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}
LIMITS = ("minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "minItems", "maxItems", "pattern")


def page(document: Json) -> func.HttpResponse:
    styles = "".join(
        f'<link rel="stylesheet" href="console/{site().edition}/style/{name}.css">' for name in ("base", "docs")
    )
    title = f"{escape(document['info']['title'])} API"
    tags, schemas = document["tags"], document["components"]["schemas"]
    body = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width">{styles}</head><body><main>'
        f"<h1>{title} {escape(document['info']['version'])}</h1>"
        f'<p>As <a href="openapi.json">OpenAPI {escape(document["openapi"])}</a>. '
        f'Errors are <a href="#Problem">problems</a> (RFC 9457).</p>'
        f"{''.join(_channel(tag, document['paths']) for tag in tags)}"
        f"<h2>Models</h2>{''.join(_model(name, schema) for name, schema in schemas.items())}</main></body></html>"
    )
    return func.HttpResponse(body, headers=HEADERS, mimetype="text/html", charset="utf-8")


def _channel(tag: Json, paths: Json) -> str:
    operations = [
        _operation(path, method, operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if tag["name"] in operation["tags"]
    ]
    return f"<h2>{escape(tag['name'].capitalize())}</h2><p>{escape(tag['description'])}</p>{''.join(operations)}"


def _operation(path: str, method: str, operation: Json) -> str:
    name = escape(operation["operationId"])
    parameters = [
        (f"<code>{escape(each['name'])}</code>", each["in"], _type(each["schema"])) for each in operation["parameters"]
    ]
    takes = [(escape(media), _type(given["schema"])) for media, given in _bodies(operation.get("requestBody", {}))]
    answers = [
        (status, escape(answer["description"]), _answered(answer)) for status, answer in operation["responses"].items()
    ]
    says = "".join(f"<p>{escape(part)}</p>" for part in operation["description"].split("\n\n") if part)
    return (
        f'<details id="{name}"><summary><code>{method.upper()} /api{escape(path)}</code> '
        f"{escape(operation['summary'])}</summary>{says}"
        f"{_table('Parameters', parameters)}{_table('Body', takes)}{_table('Answers', answers)}</details>"
    )


def _answered(answer: Json) -> str:
    return "<br>".join(f"{_type(given['schema'])} <small>{escape(media)}</small>" for media, given in _bodies(answer))


def _bodies(holder: Json) -> Iterable[tuple[str, Json]]:
    return holder.get("content", {}).items()


def _model(name: str, schema: Json) -> str:
    required = schema.get("required", ())
    fields = [
        (f"<code>{escape(field)}</code>", _type(kept), "required" if field in required else "")
        for field, kept in schema.get("properties", {}).items()
    ]
    says = f"<p>{escape(schema['description'])}</p>" if "description" in schema else ""
    alone = "" if fields else f"<p>{_type(schema)}</p>"
    told = f"{says}{alone}{_table('Fields', fields)}"
    return f'<details id="{escape(name)}"><summary>{escape(name)}</summary>{told}</details>'


def _type(schema: Json) -> str:
    """A schema in a few words, with links to the models it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " or ".join(_type(choice) for choice in choices)
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    limits = ", ".join(f"{limit} {schema[limit]}" for limit in LIMITS if limit in schema)
    kind = escape(schema.get("format") or schema.get("type") or "anything")
    return f"{kind} <small>{escape(limits)}</small>" if limits else kind


def _table(title: str, rows: Iterable[Iterable[str]]) -> str:
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<h3>{title}</h3><table>{lines}</table>" if lines else ""
