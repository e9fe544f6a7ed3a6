"""The contract of artifacts, over a real Azurite."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from adapters.artifacts import BlobArtifacts
from shared.artifacts import Artifacts
from shared.errors import Permanent, Unavailable
from tests.services import azurite

UNREACHABLE = (
    "DefaultEndpointsProtocol=http;AccountName=tests;AccountKey=bm9uZQ==;BlobEndpoint=http://127.0.0.1:1/tests;"
)


@pytest.fixture
def container() -> str:
    return f"desk-{uuid.uuid4()}"


@pytest.fixture
async def artifacts(storage: str, container: str) -> AsyncIterator[Artifacts]:
    artifacts = BlobArtifacts(storage, container)
    yield artifacts
    await artifacts.close()


async def test_bytes_come_back_as_they_were_written(artifacts: Artifacts):
    data = bytes(range(256)) * 100
    await artifacts.write("batches/b-1/input.json", data)
    assert await artifacts.read("batches/b-1/input.json") == data


async def test_ten_mebibytes_and_none_at_all_fit(artifacts: Artifacts):
    for data in (b"x" * 10 * 1024 * 1024, b""):
        await artifacts.write("size", data)
        assert await artifacts.read("size") == data


async def test_a_link_lets_anybody_read_that_blob_and_nothing_else_until_it_expires(artifacts: Artifacts):
    path = "results/é ü/a b?c=#%20+.json"
    await artifacts.write(path, b"large")
    await artifacts.write("secret", b"secret")
    link = await artifacts.link(path, timedelta(minutes=5))
    expired = await artifacts.link(path, timedelta(minutes=-5))
    url, _, signature = link.partition("?")
    async with httpx.AsyncClient() as anybody:
        assert (await anybody.get(link)).content == b"large"
        assert (await anybody.get(expired)).status_code == 403
        assert (await anybody.get(f"{url.partition('results')[0]}secret?{signature}")).status_code == 403
        assert (await anybody.put(link, content=b"x", headers={"x-ms-blob-type": "BlockBlob"})).status_code == 403


async def test_writing_again_replaces(artifacts: Artifacts):
    await artifacts.write("a", b"first, and longer")
    await artifacts.write("a", b"second")
    assert await artifacts.read("a") == b"second"


async def test_of_many_who_create_the_same_blob_one_does(storage: str, container: str):
    several = [BlobArtifacts(storage, container) for _ in range(8)]
    created = await asyncio.gather(*(one.create("a", bytes([n])) for n, one in enumerate(several)))
    assert created.count(True) == 1
    assert await several[0].read("a") == bytes([created.index(True)])
    assert not await several[0].create("a", b"again")
    for artifacts in several:
        await artifacts.close()


async def test_of_many_who_saw_the_same_blob_one_may_replace_it(storage: str, container: str):
    several = [BlobArtifacts(storage, container) for _ in range(8)]
    await several[0].write("a", b"old")
    swapped = await asyncio.gather(*(one.swap("a", b"old", bytes([n])) for n, one in enumerate(several)))
    assert swapped.count(True) == 1
    assert await several[0].read("a") == bytes([swapped.index(True)])
    assert not await several[0].swap("a", b"old", b"late")
    assert not await several[0].swap("a", None, b"not there, it was thought")
    assert not await several[0].swap("nowhere", b"old", b"x")
    assert await several[0].swap("b", None, b"first")
    for artifacts in several:
        await artifacts.close()


async def test_a_version_changes_with_every_write_and_with_nothing_else(artifacts: Artifacts):
    for path in ("a/1", "a/2", "b"):
        await artifacts.write(path, b"x")
    before = await artifacts.versions("a/")
    assert before.keys() == {"a/1", "a/2"}
    await artifacts.write("a/2", b"y")
    after = await artifacts.versions("a/")
    assert before["a/1"] == after["a/1"]
    assert before["a/2"] != after["a/2"]


@pytest.mark.parametrize("path", ["missing", "missing/deeper é ?&#%20"])
async def test_a_missing_blob_is_permanent_also_before_anything_was_written(artifacts: Artifacts, path: str):
    with pytest.raises(Permanent):
        await artifacts.read(path)


async def test_a_path_may_hold_any_character(artifacts: Artifacts):
    path = "results/é ü/a b?c=#%20+.json"
    await artifacts.write(path, b"1")
    assert await artifacts.read(path) == b"1"
    assert await artifacts.list("results/é") == (path,)


async def test_listing_gives_the_paths_under_a_prefix_in_order(artifacts: Artifacts):
    for path in ("b/2", "b/1", "b/1/deep", "c/1"):
        await artifacts.write(path, b"x")
    assert await artifacts.list("b/") == ("b/1", "b/1/deep", "b/2")
    assert await artifacts.list("nothing/") == ()


async def test_many_at_once_also_from_several_processes_starting_together(storage: str, container: str):
    several = [BlobArtifacts(storage, container) for _ in range(3)]
    writes = [artifacts.write(f"a/{n}-{m}", b"x") for n, artifacts in enumerate(several) for m in range(10)]
    await asyncio.gather(*writes)
    assert len(await several[0].list("a/")) == 30
    for artifacts in several:
        await artifacts.close()


async def test_the_content_type_is_kept(artifacts: Artifacts, storage: str, container: str):
    from azure.storage.blob.aio import BlobClient

    await artifacts.write("brief.md", b"# Brief", content_type="text/markdown")
    async with BlobClient.from_connection_string(storage, container, "brief.md") as blob:
        properties = await blob.get_blob_properties()
    assert properties.content_settings.content_type == "text/markdown"


async def test_a_healthy_storage_passes_its_check(artifacts: Artifacts):
    await artifacts.check()


async def test_without_storage_every_call_says_so_by_name_and_soon():
    artifacts = BlobArtifacts(UNREACHABLE)
    started = time.monotonic()
    for call in (artifacts.check(), artifacts.write("a", b"x"), artifacts.read("a"), artifacts.list("a")):
        with pytest.raises(Unavailable) as failure:
            await call
        assert failure.value.dependency == "storage"
    assert time.monotonic() - started < 60
    await artifacts.close()


async def test_a_wrong_key_is_permanent_for_a_call_and_unavailable_for_the_check(storage: str):
    key = storage.partition("AccountKey=")[2].partition(";")[0]
    artifacts = BlobArtifacts(storage.replace(key, "bm90IHRoZSBrZXk="))
    with pytest.raises(Permanent):
        await artifacts.write("a", b"x")
    with pytest.raises(Unavailable):
        await artifacts.check()
    await artifacts.close()


async def test_a_malformed_connection_is_permanent():
    with pytest.raises(Permanent):
        await BlobArtifacts("not a connection string").read("a")


async def test_a_container_that_vanished_is_made_again_at_the_next_try(
    artifacts: Artifacts, storage: str, container: str
):
    from azure.storage.blob.aio import ContainerClient

    await artifacts.write("a", b"x")
    async with ContainerClient.from_connection_string(storage, container) as client:
        await client.delete_container()
    with pytest.raises(Unavailable):
        await artifacts.write("a", b"x")
    await artifacts.write("a", b"x")
    assert await artifacts.read("a") == b"x"


async def test_a_storage_that_ends_in_between_is_unavailable(tmp_path: Path):
    with azurite(tmp_path) as connection:
        artifacts = BlobArtifacts(connection)
        await artifacts.write("a", b"x")
    with pytest.raises(Unavailable):
        await artifacts.read("a")
    await artifacts.close()


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(artifacts: Artifacts):
    await artifacts.write("conversations/a.json", b"{}")
    assert await artifacts.delete("conversations/a.json")
    assert not await artifacts.delete("conversations/a.json")
    with pytest.raises(Permanent):
        await artifacts.read("conversations/a.json")
