"""The way through a door, for every door there is: who cannot be told, may not, comes from elsewhere or too often."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import azure.functions as func
import pytest

from adapters.door_limits import SharedDoorLimits
from adapters.shared_redis import SharedRedis
from shared.audit import AuditEntry
from shared.errors import Unavailable
from shared.settings import read
from tests.stack.callers import ADA, MACHINE_KEY, MACHINES, UNKNOWN, application, person
from triggers.access import DOORS, Door
from triggers.admission import Admission, admit
from triggers.problems import Problem
from triggers.services import Services

GUARDED = [door for door in DOORS.values() if not door.is_public]


class Trail:
    def __init__(self, *, is_down: bool = False) -> None:
        self.entries: list[AuditEntry] = []
        self._is_down = is_down

    async def record(self, entry: AuditEntry) -> bool:
        if self._is_down:
            raise Unavailable("audit", "not there")
        self.entries.append(entry)
        return True


def services(trail: Trail | None = None, **settings: str) -> Services:
    known = read({"WEBSITE_AUTH_ENABLED": "true", "MACHINE_KEYS": MACHINES, "UNKNOWN_CALLS_PER_MINUTE": "0"} | settings)
    limits = SharedDoorLimits(SharedRedis(None), clock=lambda: 0.0)
    made = SimpleNamespace(settings=known, door_limits=limits, audit=trail or Trail(), tenant="default")
    return cast(Services, made)


async def enter(
    door: Door,
    headers: Mapping[str, str],
    desk: Services | None = None,
    url: str = "https://desk/api/x",
    **request: Any,
) -> Admission:
    given: dict[str, Any] = {"body": b""} | request
    return await admit(func.HttpRequest(door.method, url, headers=headers, **given), door, desk or services())


async def refusal(door: Door, headers: Mapping[str, str], desk: Services | None = None, **request: Any) -> Problem:
    with pytest.raises(Problem) as refused:
        await enter(door, headers, desk, **request)
    return refused.value


@pytest.mark.parametrize("name", UNKNOWN)
async def test_who_cannot_be_told_enters_no_door(name: str):
    desk = services()
    told = {door.name: (await refusal(door, UNKNOWN[name], desk)).status for door in GUARDED}
    assert set(told.values()) == {401}


async def test_each_role_opens_the_doors_that_list_it_and_no_other():
    desk = services()
    for role in ("requester", "operator", "approver", "admin"):
        for door in GUARDED:
            opens = role == "admin" or role in door.roles or (door.own and role == "requester")
            if opens:
                admission = await enter(door, application(role), desk)
                assert admission.caller.narrowed == (role == "requester" and role not in door.roles)
            else:
                assert (await refusal(door, application(role), desk)).status == 403
    for door in GUARDED:
        assert (await refusal(door, application(), desk)).status == 403


async def test_a_refused_change_is_written_down_and_a_refused_look_is_not():
    trail = Trail()
    desk = services(trail)
    await refusal(DOORS["erase_user"], person(ADA), desk)
    await refusal(DOORS["list_audit"], person(ADA), desk)
    (entry,) = trail.entries
    assert (entry.act, entry.actor, entry.outcome) == ("door.erase_user", ADA, "refused")


async def test_what_cannot_be_written_down_is_not_answered_as_if_it_were():
    with pytest.raises(Unavailable):
        await enter(DOORS["erase_user"], person(ADA), services(Trail(is_down=True)))


async def test_sign_in_is_offered_where_there_is_one():
    refused = await refusal(DOORS["list_tickets"], {})
    assert refused.more == {"sign_in": "/.auth/login/aad"}
    by_key = await refusal(DOORS["list_tickets"], {}, services(WEBSITE_AUTH_ENABLED="false"))
    assert by_key.more == {}


FOREIGN: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil"}, {"Origin": "null"},
    {"Origin": "https://desk.evil"}, {"Origin": ""}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://desk"},
]  # fmt: skip
OWN: list[dict[str, str]] = [
    {}, {"Origin": "https://desk"}, {"Origin": "https://front.example.com"}, {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Sec-Fetch-Site": "none"},
]  # fmt: skip


async def test_only_our_own_pages_change_anything():
    desk = services(PUBLIC_BASE_URL="https://front.example.com")
    for door in GUARDED:
        for headers in FOREIGN if door.changes else ():
            assert (await refusal(door, person(ADA, "admin") | headers, desk)).status == 403
        for headers in OWN if door.changes else (*OWN, *FOREIGN):
            await enter(door, person(ADA, "admin") | headers, desk)


async def test_a_caller_who_comes_too_often_waits_and_another_does_not():
    desk = services(CALLS_PER_MINUTE="60", CALLS_BURST="3")
    door = DOORS["who_am_i"]
    told = [(await enter(door, person(ADA, oid="o-1"), desk)).headers["RateLimit"] for _ in range(3)]
    assert told == ['"calls";r=2;t=1', '"calls";r=1;t=2', '"calls";r=0;t=3']
    refused = await refusal(door, person(ADA, oid="o-1"), desk)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    await enter(door, person(ADA, oid="o-2"), desk)


async def test_an_address_that_fails_to_sign_in_is_soon_not_listened_to():
    desk = services(UNKNOWN_CALLS_PER_MINUTE="2", WEBSITE_SITE_NAME="func-helpdesk")
    door = DOORS["list_tickets"]

    def sent(last: str) -> dict[str, str]:
        return {"X-Forwarded-For": f"10.9.9.9, {last}"}

    statuses = [(await refusal(door, sent("192.0.2.1:5000"), desk)).status for _ in range(3)]
    assert statuses == [401, 401, 429]
    assert (await refusal(door, sent("192.0.2.1:6000"), desk)).status == 429, "another port is the same address"
    assert (await refusal(door, sent("192.0.2.2:5000"), desk)).status == 401


async def test_a_machine_may_come_more_often_than_a_person():
    desk = services(CALLS_PER_MINUTE="1", MACHINE_CALLS_PER_MINUTE="60", CALLS_BURST="3")
    for _ in range(3):
        await enter(DOORS["get_ticket"], {"x-functions-key": MACHINE_KEY}, desk)
    assert (await refusal(DOORS["get_ticket"], {"x-functions-key": MACHINE_KEY}, desk)).status == 429


async def test_a_developer_is_not_counted():
    desk = services(WEBSITE_AUTH_ENABLED="false", AZURE_FUNCTIONS_ENVIRONMENT="Development", CALLS_PER_MINUTE="1")
    for _ in range(3):
        assert (await enter(DOORS["list_audit"], {}, desk)).headers == {}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"url": "https://desk/api/x?" + "q" * 4_100}, 414),
        ({"body": b"a" * (10 * 1024 * 1024 + 1)}, 413),
        ({"route_params": {"id": "a\nb"}}, 404),
        ({"route_params": {"id": "a\x00b"}}, 404),
        ({"route_params": {"id": "a" * 1_001}}, 404),
    ],
    ids=["address", "body", "line in an id", "NUL in an id", "long id"],
)  # fmt: skip
async def test_a_request_out_of_shape_goes_no_further(request_: dict[str, Any], status: int):
    for door in DOORS.values():
        assert (await refusal(door, person(ADA, "admin"), **request_)).status == status


async def test_too_many_or_too_long_headers_go_no_further():
    for headers in ({f"x-{number}": "a" for number in range(101)}, {"x": "a" * 33_000}):
        assert (await refusal(DOORS["health"], headers)).status == 431
