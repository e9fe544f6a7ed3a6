"""Callers of a desk that App Service Authentication stands in front of, with what it would say of them."""

import base64
import hashlib
import json
import secrets
from collections.abc import Generator
from uuid import uuid4

import httpx
import jwt

ADA, BOB = "ada@example.com", "bob@example.com"
MACHINE_KEY = secrets.token_urlsafe(32)
MACHINES = json.dumps(
    {"servicenow": {"sha256": hashlib.sha256(MACHINE_KEY.encode()).hexdigest(), "roles": ["operator"]}}
)
LINK_SECRET = secrets.token_hex(32)
PUBLIC_URL = "http://127.0.0.1:9"
LINKS = {
    "APPROVAL_LINK_SECRET": LINK_SECRET, "PUBLIC_BASE_URL": PUBLIC_URL,
    "APPROVERS": json.dumps({"service-desk": [ADA, BOB]}),
}  # fmt: skip


def encoded(content: object) -> dict[str, str]:
    return {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(json.dumps(content).encode()).decode()}


def told(*claims: tuple[str, str], provider: str = "aad") -> dict[str, str]:
    content = {"auth_typ": provider, "claims": [{"typ": typ, "val": val} for typ, val in claims], "role_typ": "roles"}
    return encoded(content)


def person(name: str, *roles: str, oid: str | None = None) -> dict[str, str]:
    """Another object id each time unless one is given, so that calls do not count for each other."""
    named = (("oid", oid or uuid4().hex), ("preferred_username", name))
    return told(*named, *(("roles", role) for role in roles))


def application(*roles: str) -> dict[str, str]:
    return told(("oid", uuid4().hex), ("azp", "app-1"), *(("roles", role) for role in roles))


class Signed(httpx.Auth):
    """Calls as a person, unless a call says itself who makes it; with `auth=None` nobody does."""

    def __init__(self, name: str, *roles: str):
        self._name, self._roles = name, roles

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        if "X-MS-CLIENT-PRINCIPAL" not in request.headers and "x-functions-key" not in request.headers:
            request.headers.update(person(self._name, *self._roles))
        yield request


DIGEST = json.loads(MACHINES)["servicenow"]["sha256"]
ADMIN = person(ADA, "admin")["X-MS-CLIENT-PRINCIPAL"]
UNKNOWN: dict[str, dict[str, str]] = {
    "nobody": {},
    "an empty principal": {"X-MS-CLIENT-PRINCIPAL": ""},
    "a principal that is no base64": {"X-MS-CLIENT-PRINCIPAL": "admin"},
    "a principal that is no JSON": {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(b"admin").decode()},
    "a principal that is no object": encoded(["admin"]),
    "a principal without an id": told(("preferred_username", ADA), ("roles", "admin")),
    "a principal with an empty id": told(("oid", " "), ("preferred_username", ADA), ("roles", "admin")),
    "a principal of another provider": told(("oid", "o"), ("roles", "admin"), provider="github"),
    "two principals in one": {"X-MS-CLIENT-PRINCIPAL": f"{ADMIN},{ADMIN}"},
    "a principal in another alphabet": {"X-MS-CLIENT-PRINCIPAL": f"{ADMIN[:8]}-_{ADMIN[8:]}"},
    "a principal with a claim that is a list": encoded({"auth_typ": "aad", "claims": [{"typ": "oid", "val": ["o"]}]}),
    "a principal of ten thousand brackets": {"X-MS-CLIENT-PRINCIPAL": base64.b64encode(b"[" * 5_000).decode()},
    "only the headers beside a principal": {"X-MS-CLIENT-PRINCIPAL-ID": "o", "X-MS-CLIENT-PRINCIPAL-NAME": ADA},
    "a principal with underscores": {"X_MS_CLIENT_PRINCIPAL": ADMIN},
    "the developer's headers": {"X-Desk-Principal": ADA, "X-Desk-Roles": "admin"},
    "a key that is none": {"x-functions-key": "0" * 43},
    "a key's digest": {"x-functions-key": DIGEST},
    "a key and more": {"x-functions-key": f"{MACHINE_KEY}0"},
    "a token nobody issued": {"Authorization": "Bearer " + jwt.encode({"roles": ["admin"]}, "", "none")},
    "a session nobody opened": {"Cookie": "AppServiceAuthSession=" + "A" * 64},
    "another method in a header": {"X-HTTP-Method-Override": "GET", "X-Original-URL": "/api/health"},
}  # fmt: skip
"""Headers that tell of nobody: forged, broken, or of another place."""
