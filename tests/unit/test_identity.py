"""Who a caller is: told by the platform, a key, or on a laptop its developer; and nothing else is believed."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import azure.functions as func
import pytest

from shared.principals import NotSignedIn, Principal
from shared.settings import read_section
from shared.settings_identity import IdentitySettings
from shared.tickets import Requester
from triggers.access import DOORS
from triggers.identity import Caller, check_asks_for_themselves, letting_in, principal_of, sign
from triggers.problems import Problem

LAPTOP = {"AZURE_FUNCTIONS_ENVIRONMENT": "Development"}
SIGN_IN = {"WEBSITE_SITE_NAME": "func-helpdesk", "WEBSITE_AUTH_ENABLED": "True"}
KEYS_ONLY = {"WEBSITE_SITE_NAME": "func-helpdesk", "WEBSITE_AUTH_ENABLED": "False"}
KEY = "k" * 40
MACHINES = json.dumps({"servicenow": {"sha256": hashlib.sha256(KEY.encode()).hexdigest(), "roles": ["operator"]}})
OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"


def told(*claims: tuple[str, str], auth_typ: str = "aad") -> str:
    content = {"auth_typ": auth_typ, "claims": [{"typ": typ, "val": val} for typ, val in claims], "role_typ": "roles"}
    return base64.b64encode(json.dumps(content).encode()).decode()


def ada(*roles: str) -> str:
    return told((OBJECT_ID, "o-1"), ("preferred_username", "ada@example.com"), *(("roles", role) for role in roles))


def who(
    environment: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    door: str = "list_tickets",
    query: str = "",
) -> Principal:
    params = dict([query.split("=")]) if query else {}
    request = func.HttpRequest("GET", "https://desk/api/tickets", headers=headers or {}, params=params, body=b"")
    return principal_of(request, DOORS[door], read_section(IdentitySettings, environment))


def test_a_person_whom_app_service_signed_in_has_their_app_roles_and_is_a_requester():
    person = who(SIGN_IN, {"X-MS-CLIENT-PRINCIPAL": ada("approver", "another-app.reader")})
    assert (person.id, person.name, person.kind) == ("o-1", "ada@example.com", "person")
    assert person.roles == {"approver", "requester"}


def test_an_application_has_only_the_roles_it_was_assigned():
    claims = (("oid", "o-9"), ("azp", "app-9"))
    assert who(SIGN_IN, {"X-MS-CLIENT-PRINCIPAL": told(*claims)}).roles == frozenset()
    machine = who(SIGN_IN, {"X-MS-CLIENT-PRINCIPAL": told(*claims, ("roles", "operator"))})
    assert (machine.kind, machine.name, machine.roles) == ("machine", "app-9", {"operator"})


@pytest.mark.parametrize(
    "header",
    [
        "", "e30=", "not base64!", base64.b64encode(b"[1, 2]").decode(), base64.b64encode(b"\xff\xfe").decode(),
        ada("admin") + ",", f"{ada('admin')},{ada('admin')}", told(("preferred_username", "ada@example.com")),
        told((OBJECT_ID, ""), ("roles", "admin")), told((OBJECT_ID, "o-1"), auth_typ="github"),
        told((OBJECT_ID, "o" * 201)), "A" * 20_000, base64.b64encode(b"[" * 9_000).decode(),
    ],
)  # fmt: skip
def test_a_principal_that_the_platform_would_not_write_is_nobody(header: str):
    with pytest.raises(NotSignedIn):
        who(SIGN_IN, {"X-MS-CLIENT-PRINCIPAL": header})


@pytest.mark.parametrize("environment", [KEYS_ONLY, LAPTOP, {}], ids=["keys only", "laptop", "unknown host"])
@pytest.mark.parametrize("header", ["X-MS-CLIENT-PRINCIPAL", "X-Ms-Client-Principal-Id", "x-ms-client-principal-name"])
@pytest.mark.parametrize("door", ["list_audit", "health"])
def test_where_nobody_signs_people_in_a_principal_is_forged(environment: dict[str, str], header: str, door: str):
    with pytest.raises(NotSignedIn):
        who(environment, {header: ada("admin")}, door)


def test_half_a_principal_is_none():
    with pytest.raises(NotSignedIn):
        who(SIGN_IN, {"X-MS-CLIENT-PRINCIPAL-ID": "o-1"})


def test_where_people_sign_in_a_key_must_be_a_listed_machines():
    with_machines = SIGN_IN | {"MACHINE_KEYS": MACHINES}
    machine = who(with_machines, {"x-functions-key": KEY})
    assert (machine.name, machine.kind, machine.roles) == ("servicenow", "machine", {"operator"})
    assert who(with_machines, query=f"code={KEY}").name == "servicenow"
    for headers in ({}, {"x-functions-key": KEY + "k"}, {"x-functions-key": ""}):
        with pytest.raises(NotSignedIn):
            who(with_machines, headers)


def test_where_only_keys_open_doors_whoever_came_through_had_one():
    anyone = who(KEYS_ONLY)
    assert (anyone.name, anyone.roles) == ("function-key", {"operator"})
    assert who(KEYS_ONLY | {"FUNCTION_KEY_ROLES": "requester"}).roles == {"requester"}
    assert who(KEYS_ONLY | {"MACHINE_KEYS": MACHINES}, {"x-functions-key": KEY}).name == "servicenow"
    assert who(KEYS_ONLY, {"x-functions-key": KEY}, door="health").kind == "nobody", "nobody checked that key"


def test_on_a_laptop_the_developer_may_do_anything_or_play_somebody():
    developer = who(LAPTOP)
    assert (developer.kind, len(developer.roles)) == ("development", 4)
    assert who(LAPTOP | {"DEV_PRINCIPAL": "lin"}).name == "lin"
    played = who(LAPTOP, {"X-Desk-Principal": "u-1002", "X-Desk-Roles": "requester, root"})
    assert (played.id, played.kind, played.roles) == ("u-1002", "person", {"requester"})
    with pytest.raises(NotSignedIn):
        who(LAPTOP | {"DEV_PRINCIPAL": "off"})


@pytest.mark.parametrize("environment", [KEYS_ONLY, SIGN_IN, KEYS_ONLY | LAPTOP, {}])
def test_nobody_plays_the_developer_elsewhere(environment: dict[str, str]):
    with pytest.raises(NotSignedIn):
        who(environment, {"X-Desk-Principal": "ada", "X-Desk-Roles": "admin"})


def entered(kind: Any = "person", *, narrowed: bool = False) -> Caller:
    return Caller(Principal(id="o-1", name="ada@example.com", kind=kind, roles=frozenset({"requester"})), narrowed)


def test_people_sign_with_their_own_name():
    with letting_in(entered()):
        assert sign({"decision": "close"}) == {"decision": "close", "by": "ada@example.com"}
        assert sign({"by": "o-1"}) == {"by": "ada@example.com"}
        assert sign(["no", "body"]) == ["no", "body"]
        for other in ("bob@example.com", "", 7, ["ada@example.com"]):
            with pytest.raises(Problem) as refused:
                sign({"by": other})
            assert refused.value.status == 403


def test_only_the_developer_signs_with_any_name():
    with letting_in(entered("development")):
        assert sign({"by": "bob"}) == {"by": "bob"}
        assert sign({}) == {}


@pytest.mark.parametrize(
    "requester", [{"id": "o-2"}, {"id": "o-1", "email": "bob@example.com"}, {"id": "O-1"}, {"id": "ada@example.com"}]
)
def test_a_requester_asks_for_nobody_else(requester: dict[str, str]):
    with letting_in(entered(narrowed=True)), pytest.raises(Problem):
        check_asks_for_themselves(Requester(**requester))
    with letting_in(entered()):
        check_asks_for_themselves(Requester(**requester))
