"""What every HTTP door shares: reading a body, answering, and errors as RFC 9457 problems."""

import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import azure.functions as func
from azure.durable_functions import DurableFunctionsClient
from pydantic import BeforeValidator, ValidationError

from shared.correlation import following
from shared.errors import DeskError, InvalidCursor, Permanent, Unavailable
from shared.model import Model
from triggers.conditional import as_asked
from triggers.doors import answered, door_span
from triggers.services import Services, with_client
from triggers.telemetry import exporting

CORRELATION_HEADER = "X-Correlation-ID"
KIB = 1024
FUNCTION_KEY_PARAMETERS = ("code", "clientId")
log = logging.getLogger("helpdesk.doors")


Several = BeforeValidator(lambda given: given.split(",") if isinstance(given, str) else given)
"""For a query's field that takes alternatives, with commas between them."""


class Problem(Exception):
    """An error for the caller, as application/problem+json."""

    def __init__(
        self, status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ):  # fmt: skip
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail
        self.errors, self.headers = errors, dict(headers or {})


type Handler = Callable[[func.HttpRequest, Services], Awaitable[func.HttpResponse]]


async def respond(request: func.HttpRequest, client: DurableFunctionsClient, handle: Handler) -> func.HttpResponse:
    """Run a door's handler; whatever goes wrong, the caller gets a problem and never a stack trace."""
    exporting()
    correlation_id = _correlation_id(request)
    with following(correlation_id), door_span(request) as span:
        response = await _answer(request, client, handle, correlation_id)
        answered(span, response.status_code)
        log.info("%s %s: %d", request.method, _path(request), response.status_code)
    response.headers[CORRELATION_HEADER] = correlation_id
    return response


async def _answer(
    request: func.HttpRequest, client: DurableFunctionsClient, handle: Handler, correlation_id: str
) -> func.HttpResponse:
    try:
        with with_client(client) as services:
            return as_asked(request, await handle(request, services))
    except Problem as problem:
        return _problem_response(problem, correlation_id)
    except InvalidCursor as error:
        return _problem_response(Problem(400, "Invalid cursor", str(error)), correlation_id)
    except Unavailable as error:
        log.error("%s %s: %s", request.method, _path(request), error)
        problem = Problem(503, "Service unavailable", str(error), headers={"Retry-After": "5"})
        return _problem_response(problem, correlation_id)
    except DeskError as error:
        log.exception("%s %s failed", request.method, _path(request))
        status = 422 if isinstance(error, Permanent) else 503
        return _problem_response(Problem(status, "The desk could not do this", str(error)), correlation_id)


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    content = body.model_dump(mode="json") if isinstance(body, Model) else body
    return func.HttpResponse(
        json.dumps(content, ensure_ascii=False),
        status_code=status,
        headers=dict(headers or {}),
        mimetype="application/json",
    )


def read_json(request: func.HttpRequest, limit_bytes: int) -> Any:
    """The body as JSON. Raises Problem 413, 415 or 400."""
    body = read_body(request, limit_bytes)
    kind = _content_type(request)
    if kind and not (kind == "application/json" or kind.endswith("+json")):
        raise Problem(415, "Unsupported media type", f"send application/json, not {kind}")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "Invalid JSON", f"the body is not JSON: {error}") from error


def read_body(request: func.HttpRequest, limit_bytes: int) -> bytes:
    body = request.get_body()
    if len(body) > limit_bytes:
        raise Problem(413, "Too large", f"the body is larger than {limit_bytes // KIB} KiB")
    return body


def read_model[T: Model](request: func.HttpRequest, model: type[T], limit_bytes: int = 256 * KIB) -> T:
    """The body as a model. Raises Problem with one pointer for each fault."""
    given = read_json(request, limit_bytes)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from error


def read_query[T: Model](request: func.HttpRequest, model: type[T], **more: Any) -> T:
    """The query as a model, less what is Azure's own. Raises Problem with one pointer for each fault."""
    asked = {name: value for name, value in request.params.items() if name not in FUNCTION_KEY_PARAMETERS}
    try:
        return model.model_validate({**asked, **more})
    except ValidationError as error:
        raise invalid(error) from error


def invalid(error: ValidationError) -> Problem:
    errors = [
        {"pointer": "/" + "/".join(str(part) for part in fault["loc"]), "detail": fault["msg"]}
        for fault in error.errors()
    ]
    return Problem(400, "Invalid request", "; ".join(f"{e['pointer']}: {e['detail']}" for e in errors)[:500], errors)


def idempotency_key(request: func.HttpRequest) -> str | None:
    """The caller's Idempotency-Key, if any. Raises Problem 400 for one that is empty or too long."""
    key = _header(request, "Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255:
        raise Problem(400, "Invalid request", "Idempotency-Key must have 1 to 255 characters")
    return key


def not_found(what: str) -> Problem:
    return Problem(404, "Not found", f"there is no {what}")


def _path(request: func.HttpRequest) -> str:
    """For the log: what stands in the query may be a key, or about a person."""
    return urlsplit(request.url).path


def _header(request: func.HttpRequest, name: str) -> str | None:
    headers = cast(Mapping[str, str], request.headers)
    return headers.get(name)


def _content_type(request: func.HttpRequest) -> str:
    return (_header(request, "Content-Type") or "").partition(";")[0].strip().lower()


def _correlation_id(request: func.HttpRequest) -> str:
    given = _header(request, CORRELATION_HEADER) or ""
    usable = 0 < len(given) <= 128 and given.isascii() and given.isprintable()
    return given if usable else uuid.uuid4().hex


def _problem_response(problem: Problem, correlation_id: str) -> func.HttpResponse:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "correlation_id": correlation_id,
    }
    if problem.errors is not None:
        body["errors"] = problem.errors
    return func.HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status_code=problem.status,
        headers=problem.headers,
        mimetype="application/problem+json",
    )
