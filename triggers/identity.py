"""Who calls at a door: whom the platform signed in, whose key it is, or on a laptop its developer."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, cast

import azure.functions as func

from shared.principals import NOBODY, ROLES, NotSignedIn, Principal, roles_among, signed_in
from shared.settings import read_section
from shared.settings_identity import IdentitySettings
from shared.tickets import Requester
from triggers.access import Door
from triggers.problems import forbidden, not_found

PLATFORM_PREFIX = "x-ms-client-principal"
KEY_HEADER, KEY_PARAMETER = "x-functions-key", "code"
DEVELOPMENT_PREFIX = "x-desk-"
WHO_HEADER, ROLES_HEADER = "x-desk-principal", "x-desk-roles"


class Caller(NamedTuple):
    """Whoever is at the door. `narrowed`: everything that is not their own is not there for them."""

    principal: Principal
    narrowed: bool = False

    def may_see(self, requester_id: str) -> bool:
        return not self.narrowed or self.principal.id == requester_id


_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)


def caller() -> Caller:
    """Raises LookupError outside a door."""
    if (found := _caller.get()) is None:
        raise LookupError("nobody was let in")
    return found


@contextmanager
def letting_in(who: Caller) -> Generator[None]:
    token = _caller.set(who)
    try:
        yield
    finally:
        _caller.reset(token)


def door_level() -> func.AuthLevel:
    """What the host itself asks at doors: a function key, or nothing where App Service Authentication tells who calls.

    Then people come without a key, and this module refuses whoever is nobody. Raises SettingsError.
    """
    settings = read_section(IdentitySettings, os.environ)
    return func.AuthLevel.ANONYMOUS if settings.app_service_auth else func.AuthLevel.FUNCTION


def principal_of(request: func.HttpRequest, door: Door, settings: IdentitySettings) -> Principal:
    """Raises NotSignedIn, also where a header pretends what only the platform may say."""
    headers = {name.lower(): value for name, value in cast(Mapping[str, str], request.headers).items()}
    if any(name.startswith(PLATFORM_PREFIX) for name in headers):
        if not settings.app_service_auth:
            raise NotSignedIn("nobody signs people in here, so nobody can have been signed in")
        if (told := headers.get(PLATFORM_PREFIX)) is None:
            raise NotSignedIn("only half of a principal was sent")
        return signed_in(told, settings.requester_claim, settings.signed_in_roles)
    if settings.developer is None and any(name.startswith(DEVELOPMENT_PREFIX) for name in headers):
        raise NotSignedIn("only on a laptop can a caller say who they are")
    if (machine := _machine(headers, request.params, settings)) is not None:
        return machine
    if settings.developer is not None:
        return _developer(headers, settings.developer)
    if door.is_public:
        return NOBODY
    if settings.azure_checks_keys:  # this function could not have been called without one
        return Principal(id="function-key", name="function-key", kind="machine", roles=settings.function_key_roles)
    raise NotSignedIn("sign in, or send a key")


def sign(given: Any, as_whom: str | None = None) -> Any:
    """A body with its `by` filled in: people sign with their own name. Raises Problem 403 for another's."""
    principal = caller().principal
    if principal.signs_freely or not isinstance(given, dict):
        return given
    body = cast(dict[str, Any], given)
    own = as_whom or principal.name
    if body.get("by") not in (None, own, principal.name, principal.id):
        raise forbidden(f"you sign with your own name, {own}")
    return body | {"by": own}


def signature() -> str:
    """Who did what a body names nobody for."""
    return caller().principal.name


def check_is_own(requester_id: str, what: str) -> None:
    """Raises Problem 404, as for what is not there: that it is somebody else's is told to nobody."""
    if not caller().may_see(requester_id):
        raise not_found(what)


def check_asks_for_themselves(requester: Requester) -> None:
    """Raises Problem 403 where somebody would open something in another's name."""
    who = caller()
    if not who.narrowed:
        return
    own = {who.principal.id, who.principal.name}
    if requester.id != who.principal.id or (requester.email is not None and requester.email not in own):
        raise forbidden(f"you ask for yourself: your id is {who.principal.id}")


def _machine(headers: Mapping[str, str], params: Mapping[str, str], settings: IdentitySettings) -> Principal | None:
    key = headers.get(KEY_HEADER) or params.get(KEY_PARAMETER)
    name = settings.machine_of(key) if key else None
    if name is None:
        return None
    return Principal(id=name, name=name, kind="machine", roles=settings.machine_keys[name].roles)


def _developer(headers: Mapping[str, str], name: str) -> Principal:
    """Every role, unless a header names some; a header may also name another person, who then is no developer."""
    given = headers.get(ROLES_HEADER)
    roles = ROLES if given is None else roles_among(role.strip() for role in given.split(","))
    if who := headers.get(WHO_HEADER, "").strip()[:200]:
        return Principal(id=who, name=who, kind="person", roles=roles)
    return Principal(id=name, name=name, kind="development", roles=roles)
