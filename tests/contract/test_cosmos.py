"""What every store in Cosmos DB shares: how faults are told apart, and that of concurrent changes none is lost."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from azure.identity.aio import DefaultAzureCredential

from adapters.cosmos import Item, Items, key
from adapters.cosmos_account import Cosmos
from adapters.cosmos_archive import CosmosArchive
from adapters.cosmos_containers import DESK
from adapters.cosmos_listing import Conditions, page, place
from adapters.paging import LARGEST_PAGE
from shared.errors import InvalidCursor, Permanent, Unavailable
from tests.contract.cosmos_wire import ACCOUNT_KEY, CosmosWire
from tests.contract.tickets import NOON


@pytest.fixture
def items(cosmos: Cosmos) -> Items:
    return Items(cosmos, DESK, "archive")


@pytest.fixture
async def nowhere() -> AsyncIterator[Items]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    cosmos = Cosmos(f"http://127.0.0.1:{port}/", "desk", ACCOUNT_KEY)
    yield Items(cosmos, DESK, "archive")
    await cosmos.close()


def counted(count: int = 0) -> Item:
    return {"pk": "p", "id": "i", "kind": "k", "count": count}


def one_more(item: Item | None) -> Item:
    return counted((item or counted())["count"] + 1)


async def test_of_many_changes_at_once_none_is_lost(items: Items):
    await asyncio.gather(*(items.change("p", "i", one_more) for _ in range(8)))
    kept = await items.read("p", "i")
    assert kept is not None
    assert kept["count"] == 8


async def test_a_batch_is_carried_out_whole_or_not_at_all(items: Items):
    await items.create(counted())
    other = counted() | {"id": "other"}
    assert await items.batch("p", [("create", (other,)), ("create", (counted(),))]) == 409
    assert await items.read("p", "other") is None
    stale = {"if_match_etag": "stale"}
    assert await items.batch("p", [("create", (other,)), ("replace", ("i", counted(1)), stale)]) == 412
    assert await items.batch("p", [("create", (other,)), ("delete", ("gone",))]) == 404
    assert await items.batch("p", [("create", (other,)), ("delete", ("i",))]) is None
    assert (await items.read("p", "i"), await items.read("p", "other") is None) == (None, False)


async def test_what_has_its_time_is_gone_after_it(items: Items):
    await items.create(counted() | {"ttl": 1})
    assert await items.read("p", "i") is not None
    await asyncio.sleep(1.1)
    assert await items.read("p", "i") is None
    assert await items.query("SELECT * FROM c WHERE c.kind = @kind", "p", kind="k") == []


async def test_a_throttled_account_is_told_with_how_long_it_asks_to_wait(items: Items, wire: CosmosWire):
    await items.read("p", "i")
    wire.fail_next(429, times=4, x_ms_retry_after_ms="20")
    with pytest.raises(Unavailable) as failure:
        await items.create(counted())
    assert failure.value.retry_after_s == 0.02


async def test_one_throttled_call_is_made_again(items: Items, wire: CosmosWire):
    await items.read("p", "i")
    wire.fail_next(429, x_ms_retry_after_ms="20")
    assert await items.create(counted())


@pytest.mark.parametrize("status", [500, 503, 408])
async def test_a_service_that_fails_is_unavailable_by_the_name_of_the_store(
    items: Items, wire: CosmosWire, status: int
):
    await items.read("p", "i")
    wire.fail_next(status, times=8)
    with pytest.raises(Unavailable) as failure:
        await items.create(counted())
    wire.calm()
    assert failure.value.dependency == "archive"
    assert await items.create(counted())


async def test_a_refusal_is_permanent(items: Items, wire: CosmosWire):
    await items.read("p", "i")
    wire.fail_next(403)
    with pytest.raises(Permanent, match="403"):
        await items.create(counted())


ASKED: dict[str, Callable[[Items], object]] = {
    "read": lambda items: items.read("p", "i"),
    "query": lambda items: items.query("SELECT * FROM c WHERE c.kind = @kind", kind="k"),
}


@pytest.mark.parametrize("asked", ASKED)
async def test_an_account_that_is_not_there_is_unavailable(nowhere: Items, asked: str):
    with pytest.raises(Unavailable):
        await ASKED[asked](nowhere)  # pyright: ignore[reportGeneralTypeIssues]


async def test_a_container_that_is_missing_is_not_taken_for_an_empty_one(wire: CosmosWire):
    cosmos = Cosmos(wire.url, "no-such-database", ACCOUNT_KEY)
    with pytest.raises(Permanent, match="404"):
        await Items(cosmos, DESK, "archive").read("p", "i")
    with pytest.raises(Unavailable):
        await CosmosArchive(cosmos).check()
    await cosmos.close()


async def test_without_a_key_the_apps_identity_is_used_and_never_over_plain_http(
    wire: CosmosWire, database: str, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []

    async def get_token(*scopes: str, **_: object) -> None:
        asked.extend(scopes)

    monkeypatch.setattr(DefaultAzureCredential, "get_token", get_token)
    cosmos = Cosmos(wire.url, database)
    with pytest.raises(Unavailable, match="TLS"):
        await Items(cosmos, DESK, "archive").read("p", "i")
    await cosmos.close()
    assert asked == []


async def test_a_page_is_never_larger_than_the_largest_and_refuses_a_foreign_cursor(items: Items):
    many = [counted() | {"id": f"i-{number}", **place(NOON, f"i-{number}")} for number in range(LARGEST_PAGE + 1)]
    for begin in range(0, len(many), 100):
        assert await items.batch("p", [("create", (item,)) for item in many[begin : begin + 100]]) is None
    shown, more = await page(items, Conditions("k"), 10**9, None)
    assert (len(shown), more is None) == (LARGEST_PAGE, False)
    rest, more = await page(items, Conditions("k"), 10**9, more)
    assert (len(rest), more) == (1, None)
    with pytest.raises(InvalidCursor):
        await page(items, Conditions("k"), 1, "x")


@pytest.mark.parametrize(
    ("one", "other"), [(("a", "b"), ("a b",)), (("a", ""), ("a",)), (("a/b",), ("a", "b")), ((1, 2), (12,))]
)
def test_keys_of_other_parts_are_other_keys_of_letters_that_ids_may_have(
    one: tuple[object, ...], other: tuple[object, ...]
):
    assert key(*one) != key(*other)
    assert key("\ud800/\\?#" * 1_000).isalnum()
