"""What every HTTP door shares: reading a body, answering, and errors as RFC 9457 problems."""

import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

import azure.functions as func
from pydantic import BeforeValidator, ValidationError

from shared.correlation import following
from shared.errors import DeskError, InvalidCursor, Permanent, Unavailable
from shared.model import Model
from triggers.access import Door
from triggers.admission import admit
from triggers.conditional import as_asked
from triggers.doors import answered, door_span
from triggers.identity import letting_in, sign
from triggers.problems import Problem, problem_response
from triggers.security_headers import protect
from triggers.services import Services, with_client
from triggers.telemetry import exporting

CORRELATION_HEADER = "X-Correlation-ID"
KIB = 1024
LARGEST_MODEL = 256 * KIB
FUNCTION_KEY_PARAMETERS = ("code", "clientId")
log = logging.getLogger("helpdesk.doors")

Several = BeforeValidator(lambda given: given.split(",") if given and isinstance(given, str) else given or ())
"""For a query's field that takes alternatives, with commas between them; an empty one takes any."""


def _day(given: Any) -> Any:
    return date.fromisoformat(given) if isinstance(given, str) else given


def _moment(given: Any) -> Any:
    return datetime.fromisoformat(given) if isinstance(given, str) else given


Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""As they are written: a bare number would be taken for seconds since 1970."""

type Handler = Callable[[func.HttpRequest, Services], Awaitable[func.HttpResponse]]


async def respond(request: func.HttpRequest, client: str, handle: Handler, door: Door) -> func.HttpResponse:
    """Run a door's handler for whoever may enter.

    Whatever goes wrong, the caller gets a problem, never a stack trace.
    """
    exporting()
    correlation_id = _correlation_id(request)
    with following(correlation_id), door_span(request) as span:
        response = await _answer(request, client, handle, door, correlation_id)
        answered(span, response.status_code)
        log.info("%s %s: %d", request.method, _path(request), response.status_code)
    response.headers[CORRELATION_HEADER] = correlation_id
    protect(request, response)
    return response


async def _answer(
    request: func.HttpRequest, client: str, handle: Handler, door: Door, correlation_id: str
) -> func.HttpResponse:
    limits: Mapping[str, str] = {}
    try:
        with with_client(client) as services:
            who, limits = await admit(request, door, services)
            with letting_in(who):
                response = as_asked(request, await handle(request, services))
    except Exception as error:  # noqa: BLE001 above us is the host only, which would answer without a word
        response = problem_response(_problem_of(error, f"{request.method} {_path(request)}"), correlation_id)
    response.headers.update(limits)
    return response


def _problem_of(error: Exception, call: str) -> Problem:
    """What a caller is told; of what nobody foresaw only that it happened."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, InvalidCursor):
        return Problem(400, "Invalid cursor", str(error))
    if isinstance(error, Unavailable):
        log.error("%s: %s", call, error)
        return Problem(503, "Service unavailable", str(error), headers={"Retry-After": "5"})
    log.error("%s failed", call, exc_info=error)
    if isinstance(error, DeskError):
        return Problem(422 if isinstance(error, Permanent) else 503, "The desk could not do this", str(error))
    return Problem(500, "Internal error", "the desk could not do this; its log says why")


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


def read_model[T: Model](request: func.HttpRequest, model: type[T], limit_bytes: int = LARGEST_MODEL) -> T:
    """The body as a model. Raises Problem with one pointer for each fault."""
    return validated(read_json(request, limit_bytes), model)


def read_act[T: Model](request: func.HttpRequest, model: type[T], as_whom: str | None = None) -> T:
    """A body that says by whom something is done, which is the caller. Raises Problem 403 where it says otherwise."""
    return validated(sign(read_json(request, LARGEST_MODEL), as_whom), model)


def validated[T: Model](given: Any, model: type[T]) -> T:
    """JSON as a model, as strictly as the model's schema says: a 0 is no `false`, nor a day. Raises Problem 400."""
    try:
        return model.model_validate_json(json.dumps(given), strict=True)
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
