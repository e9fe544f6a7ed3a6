"""Who calls, and as what. Roles come from whoever signed a caller in or from the settings, never from a body."""

import base64
import binascii
from collections.abc import Collection, Iterable
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import Permanent
from shared.model import Model

Role = Literal["requester", "operator", "approver", "admin"]
Kind = Literal["person", "machine", "development", "nobody"]
ROLES: frozenset[Role] = frozenset(get_args(Role))
"""`requester`: their own tickets, conversations and memory. `operator`: everybody's, and the desk's running.
`approver`: lets dangerous actions and drafts happen. `admin`: opens every door, yet approves only with `approver`."""

LONGEST_HEADER = 16_384
LONGEST_NAME = 200

_SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_MICROSOFT = "http://schemas.microsoft.com/identity/claims/"
_LONG_NAMES = {
    "oid": f"{_MICROSOFT}objectidentifier",
    "sub": f"{_SOAP}nameidentifier",
    "upn": f"{_SOAP}upn",
    "roles": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
}
"""App Service writes some claims under the names that .NET has for them."""


class NotSignedIn(Permanent):
    """Who calls cannot be told, or what tells it is not to be believed."""


class Principal(Model):
    """Whoever calls. `id` is what their tickets have as requester, `name` what they sign decisions with."""

    id: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    kind: Kind
    roles: frozenset[Role]

    def may_enter(self, roles: Collection[Role]) -> bool:
        return "admin" in self.roles or not self.roles.isdisjoint(roles)

    @property
    def signs_freely(self) -> bool:
        """The developer of a laptop plays whoever a body names; anybody else signs with their own name."""
        return self.kind == "development"


NOBODY = Principal(id="nobody", name="nobody", kind="nobody", roles=frozenset())


class _Claim(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    typ: str
    val: str


class _Told(BaseModel):
    """X-MS-CLIENT-PRINCIPAL, as App Service Authentication writes it."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    auth_typ: str
    claims: Annotated[tuple[_Claim, ...], Field(max_length=500)]
    role_typ: str | None = None


def roles_among(names: Iterable[str]) -> frozenset[Role]:
    """What of it is a role; what else somebody is assigned is another app's business."""
    named = set(names)
    return frozenset[Role](role for role in ROLES if role in named)


def signed_in(header: str, id_claim: str, everybody: Iterable[Role]) -> Principal:
    """The caller as App Service Authentication tells of them. Raises NotSignedIn for what it would never write.

    `everybody` are the roles that each person has; an application has only those it was assigned.
    """
    if len(header) > LONGEST_HEADER:
        raise NotSignedIn("the principal is too long")
    try:
        told = _Told.model_validate_json(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError) as error:
        raise NotSignedIn("the principal cannot be read") from error
    if told.auth_typ.casefold() != "aad":
        raise NotSignedIn("only Microsoft Entra signs people in")
    identity, username = _first(told, id_claim), _first(told, "preferred_username") or _first(told, "upn")
    if identity is None:
        raise NotSignedIn(f"the principal has no {id_claim}")
    granted = roles_among(claim.val for claim in told.claims if claim.typ in _names("roles", told.role_typ))
    roles = granted.union(everybody) if username else granted
    name = username or _first(told, "azp") or _first(told, "appid") or identity
    return _principal(identity, name, "person" if username else "machine", roles)


def _principal(identity: str, name: str, kind: Kind, roles: frozenset[Role]) -> Principal:
    try:
        return Principal(id=identity, name=name, kind=kind, roles=roles)
    except ValidationError as error:
        raise NotSignedIn("the principal's names are too long") from error


def _first(told: _Told, name: str) -> str | None:
    return next((claim.val for claim in told.claims if claim.typ in _names(name) and claim.val.strip()), None)


def _names(name: str, further: str | None = None) -> set[str]:
    return {name, _LONG_NAMES.get(name, name), further or name}
