"""The description of the API as OpenAPI 3.1, made of what each door declares, and a page to read it on."""

from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from importlib import import_module
from typing import Annotated, Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core.core_schema import StringSchema

from triggers.access import Door
from triggers.answers import Problem
from triggers.http import CORRELATION_HEADER, json_response
from triggers.identity import KEY_HEADER
from triggers.openapi_page import page
from triggers.operations import IDEMPOTENCY_KEY, OPERATIONS, Content, Contents, Operation, door
from triggers.services import Services

bp = df.Blueprint()

VERSION = "1.0"
"""Of the API: the first number changes when a caller has to."""
ANY_DOOR = (414, 429, 431, 500, 503)
SIGNED_IN = (401, 403)
WITH_BODY = (400, 413, 415)
PROBLEM = (Content("application/problem+json", Problem),)
REF = "#/components/schemas/{model}"
SECURITY = {
    "functionKey": {"type": "apiKey", "in": "header", "name": KEY_HEADER, "description": "of a machine caller"},
    "signIn": {"type": "http", "scheme": "bearer", "description": "a token of Microsoft Entra, for people and apps"},
}
HEADERS: Mapping[str, Any] = {
    "CorrelationId": {"description": "the call's, or one made for it", "schema": {"type": "string"}},
    "Location": {"description": "where what was made can be read", "schema": {"type": "string"}},
    "RetryAfter": {"description": "seconds until it is worth asking again", "schema": {"type": "integer"}},
    "ETag": {"description": "for If-None-Match and If-Match", "required": True, "schema": {"type": "string"}},
}
SENT_HEADERS: Mapping[str, Any] = {
    IDEMPOTENCY_KEY: {"type": "string", "minLength": 1, "maxLength": 255},
}

GIVEN: JsonSchemaMode = "validation"
TOLD: JsonSchemaMode = "serialization"

_AnyId = Annotated[str, Field(min_length=1, max_length=200)]
"""The desk gives out none that is longer."""

type Schemas = Mapping[tuple[Any, JsonSchemaMode], Mapping[str, Any]]


class _Written(GenerateJsonSchema):
    """What is answered has every field, also one with a default, unless it may be left out.

    Text whose ends are stripped before it is measured has something else than blanks in it.
    """

    def str_schema(self, schema: StringSchema) -> JsonSchemaValue:
        said = super().str_schema(schema)
        if schema.get("strip_whitespace") and schema.get("min_length"):
            said.setdefault("pattern", r"\S")
        return said

    def field_is_required(self, field: Any, total: bool) -> bool:
        if self.mode == TOLD:
            return field.get("serialization_exclude_if") is None
        return super().field_is_required(field, total)


@door(bp, answers={200: dict[str, Any]})
async def get_openapi(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """This description."""
    return json_response(document())


@door(bp, answers={200: Content("text/html")})
async def get_docs(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """This description as a page."""
    return page(document())


@cache
def document() -> dict[str, Any]:
    """Of all doors whose channels have been imported, which the app does before it answers anything."""
    bodies = {body for operation in OPERATIONS.values() for body in _bodies(operation)}
    inputs: list[tuple[Any, JsonSchemaMode, TypeAdapter[Any]]] = [
        (content.of, mode, TypeAdapter[Any](content.of)) for content, mode in sorted(bodies, key=repr)
    ]
    schemas, shared = TypeAdapter.json_schemas(inputs, ref_template=REF, schema_generator=_Written)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS.values():
        paths.setdefault(_path(operation.door), {})[operation.door.method.lower()] = _operation(operation, schemas)
    channels = sorted({operation.channel for operation in OPERATIONS.values()})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Helpdesk", "version": VERSION, "description": _sentence(__name__)},
        "servers": [{"url": "/api"}],
        "security": [{name: []} for name in SECURITY],
        "tags": [{"name": _tag(channel), "description": _sentence(channel)} for channel in channels],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": shared["$defs"], "headers": HEADERS, "securitySchemes": SECURITY},
    }


def _bodies(operation: Operation) -> Iterator[tuple[Content, JsonSchemaMode]]:
    for content in operation.takes:
        yield content, GIVEN
    for contents in _answers(operation).values():
        for content in contents:
            yield content, TOLD


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    at = operation.door
    said: dict[str, Any] = {
        "operationId": at.name,
        "tags": [_tag(operation.channel)],
        "summary": at.name.replace("_", " ").capitalize(),
        "description": f"{operation.says}\n\n{_who(at)}".strip(),
        "parameters": [*_in_path(operation), *_in_query(operation), *_in_headers(operation)],
        "responses": {
            str(status): _answer(at, status, contents, schemas)
            for status, contents in sorted(_answers(operation).items())
        },
    }
    if operation.takes:
        content = _content(operation.takes, GIVEN, schemas)
        said["requestBody"] = {"required": not operation.body_optional, "content": content}
    if at.is_public:
        said["security"] = []
    return said


def _answers(operation: Operation) -> dict[int, Contents]:
    """The door's own answers, and the problems that it shares with others."""
    at, answers = operation.door, dict(operation.answers)
    problems = {*ANY_DOOR, *operation.refuses}
    problems |= set() if at.is_public else set(SIGNED_IN)
    problems |= set(WITH_BODY) if operation.takes else set()
    problems |= {400} if operation.query or operation.reads else set()
    problems |= {404} if "{" in at.route else set()
    for status in problems:
        answers[status] = (*answers.get(status, ()), *PROBLEM)
    return answers | ({304: ()} if at.method == "GET" else {})


def _answer(at: Door, status: int, contents: Contents, schemas: Schemas) -> dict[str, Any]:
    headers = {CORRELATION_HEADER: "CorrelationId"}
    if status in (201, 202, 302):
        headers["Location"] = "Location"
    if status in (202, 429, 503):
        headers["Retry-After"] = "RetryAfter"
    if status == HTTPStatus.OK and at.method == "GET":
        headers["ETag"] = "ETag"
    answer: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "headers": {name: {"$ref": f"#/components/headers/{header}"} for name, header in headers.items()},
    }
    return answer | ({"content": _content(contents, TOLD, schemas)} if contents else {})


def _content(contents: Contents, mode: JsonSchemaMode, schemas: Schemas) -> dict[str, Any]:
    return {content.media: {"schema": schemas[content.of, mode]} for content in contents}


def _in_path(operation: Operation) -> Iterator[dict[str, Any]]:
    for part in _path(operation.door).split("/"):
        if part.startswith("{"):
            name = part.strip("{}")
            schema = TypeAdapter(operation.ids.get(name, _AnyId)).json_schema(schema_generator=_Written)
            yield {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.query is None:
        return
    asked = TypeAdapter(operation.query).json_schema(schema_generator=_Written)
    for name, schema in asked["properties"].items():
        # In a query what is not set is left out: there is no null to be written.
        kept = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)
        several = {"style": "form", "explode": False} if kept.get("type") == "array" else {}
        yield {"name": name, "in": "query", "required": name in asked.get("required", ()), "schema": kept} | several


def _in_headers(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in operation.reads:
        yield {"name": name, "in": "header", "schema": SENT_HEADERS.get(name, {"type": "string"})}


def _path(at: Door) -> str:
    return "/" + at.route.replace("{*", "{")


def _who(at: Door) -> str:
    if at.is_public:
        return "Open to anybody."
    own = ", and to requesters for what is their own" if at.own else ""
    return f"Open to {', '.join(sorted(at.roles))}{own}."


def _tag(channel: str) -> str:
    return channel.rpartition(".")[2].replace("_", " ")


def _sentence(module: str) -> str:
    return " ".join((import_module(module).__doc__ or "").partition("\n\n")[0].split())
