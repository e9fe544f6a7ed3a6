"""The way through a door: the request's shape, who calls, how often, and whether they may."""

import logging
import uuid
from collections.abc import Mapping
from math import ceil
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import azure.functions as func

from activities.auditing import Act, write_down
from shared.door_limits import Allowance
from shared.principals import NotSignedIn, Principal
from triggers.access import Door
from triggers.identity import Caller, principal_of
from triggers.problems import Problem, forbidden, not_found
from triggers.services import Services

LONGEST_URL = 4_096
MOST_HEADERS = 100
LONGEST_HEADERS = 32_768
LONGEST_ID = 1_000
LARGEST_BODY = 10 * 1024 * 1024
SIGN_IN = "/.auth/login/aad"

log = logging.getLogger("helpdesk.doors")


class Admission(NamedTuple):
    """Who was let in, and what their answer says about how often they may come."""

    caller: Caller
    headers: Mapping[str, str]


async def admit(request: func.HttpRequest, door: Door, services: Services) -> Admission:
    """Raises Problem 401, 403, 404, 413, 414, 429 or 431."""
    _check_shape(request)
    try:
        principal = principal_of(request, door, services.settings)
    except NotSignedIn as error:
        await _count(_address(request, services), services.settings.unknown_calls_per_minute, services)
        log.warning("refused at %s %s: %s", door.method, door.route, error)
        raise _sign_in(error, services) from error
    headers = await _counted(request, principal, services)
    if door.changes:
        _check_comes_from_here(request, services)
    try:
        return Admission(_let_in(principal, door), headers)
    except Problem as problem:
        problem.headers.update(headers)
        if door.changes:
            await _note_refusal(request, door, principal, problem, services)
        raise


def _check_shape(request: func.HttpRequest) -> None:
    headers = cast(Mapping[str, str], request.headers)
    if len(request.url) > LONGEST_URL:
        raise Problem(414, "URI too long", f"an address has at most {LONGEST_URL} characters")
    if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers.items()) > LONGEST_HEADERS:
        raise Problem(431, "Request header fields too large", f"at most {MOST_HEADERS} headers, 32 KiB together")
    if len(request.get_body()) > LARGEST_BODY:
        raise Problem(413, "Too large", "no door takes more than 10 MiB")
    for value in request.route_params.values():
        if len(value) > LONGEST_ID or any(ord(character) < 32 or ord(character) == 127 for character in value):
            raise not_found("such address")


def _let_in(principal: Principal, door: Door) -> Caller:
    if door.is_public or principal.may_enter(door.roles):
        return Caller(principal)
    if door.own and "requester" in principal.roles:
        return Caller(principal, narrowed=True)
    have = ", ".join(sorted(principal.roles)) or "none"
    raise forbidden(f"this takes the role {' or '.join(sorted(door.roles))}; you have {have}")


def _check_comes_from_here(request: func.HttpRequest, services: Services) -> None:
    """A browser brings its cookies along whichever page asks, so only our own pages may change anything."""
    headers = cast(Mapping[str, str], request.headers)
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    own = {urlsplit(request.url).netloc, urlsplit(services.settings.public_base_url or "").netloc} - {""}
    by_origin = origin is None or urlsplit(origin).netloc in own
    # The site is a browser's own word, which no page can write; an origin may be withheld.
    if not (by_origin if site is None else site in ("same-origin", "none")):
        raise forbidden("another site's page cannot do this")


async def _counted(request: func.HttpRequest, principal: Principal, services: Services) -> Mapping[str, str]:
    """Count a call to its caller, or to the address of one that is nobody. Raises Problem 429."""
    settings = services.settings
    if principal.kind == "development":
        return {}
    if principal.kind == "nobody":
        return await _count(_address(request, services), settings.unknown_calls_per_minute, services)
    of_machines = principal.kind == "machine"
    per_minute = settings.machine_calls_per_minute if of_machines else settings.calls_per_minute
    return await _count(f"{principal.kind}:{principal.id}", per_minute, services)


async def _count(who: str, per_minute: int, services: Services) -> Mapping[str, str]:
    if not per_minute:
        return {}
    allowance = Allowance(per_minute=per_minute, burst=min(services.settings.calls_burst, per_minute))
    left = await services.door_limits.take(who, allowance)
    told = {
        "RateLimit-Policy": f'"calls";q={per_minute};w=60',
        "RateLimit": f'"calls";r={left.calls};t={ceil(left.wait_s)}',
    }
    if left.is_over:
        headers = told | {"Retry-After": str(max(1, ceil(left.wait_s)))}
        raise Problem(429, "Too many requests", f"at most {per_minute} calls a minute", headers=headers)
    return told


def _address(request: func.HttpRequest, services: Services) -> str:
    """The last address is the platform's own word, the others are the caller's."""
    forwarded = cast(Mapping[str, str], request.headers).get("X-Forwarded-For", "")
    known = forwarded.rpartition(",")[2].strip() if services.settings.azure_site else ""
    return f"address:{known.rpartition(':')[0] or known}"


def _sign_in(error: NotSignedIn, services: Services) -> Problem:
    more = {"sign_in": SIGN_IN} if services.settings.app_service_auth else {}
    return Problem(401, "Not signed in", str(error), headers={"WWW-Authenticate": "Bearer"}, more=more)


async def _note_refusal(
    request: func.HttpRequest, door: Door, principal: Principal, problem: Problem, services: Services
) -> None:
    target = f"door:{urlsplit(request.url).path}"
    act = Act(key=f"door:{uuid.uuid4().hex}", act=f"door.{door.name}", target=target, by=principal.name)
    await write_down(act, "refused", services, problem.detail)
