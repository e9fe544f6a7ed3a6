"""What people put into storage is served from there, over what ships with the desk; storage is never in its way."""

import logging
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from adapters.artifacts import BlobArtifacts
from adapters.knowledge import EmbeddedKnowledge
from adapters.library import Library
from shared.artifacts import Artifacts
from shared.errors import Unavailable
from shared.knowledge import ARTICLES
from tests.contract.test_artifacts import UNREACHABLE
from tests.contract.test_knowledge import ARTICLES as SHIPPED_ARTICLES
from tests.contract.test_knowledge import article, library, names

ASKED = "the plotter smears its ink"


@pytest.fixture
async def artifacts(storage: str) -> AsyncIterator[BlobArtifacts]:
    artifacts = BlobArtifacts(storage, f"desk-{uuid.uuid4()}")
    yield artifacts
    await artifacts.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return library(tmp_path / "knowledge", *SHIPPED_ARTICLES)


async def approve(artifacts: Artifacts, name: str, keywords: str = "plotter", text: str | None = None) -> None:
    _, markdown = article(name, f"About {name}", keywords, "## What helped\nClean the head.")
    await artifacts.write(f"{ARTICLES}{name}.md", (text or markdown).encode(), "text/markdown")


async def test_an_approved_article_is_found_without_a_restart_and_gone_once_deleted(
    artifacts: BlobArtifacts, folder: Path, storage: str
):
    from azure.storage.blob.aio import ContainerClient

    knowledge = EmbeddedKnowledge(Library(folder, artifacts, refresh_s=0))
    assert names(await knowledge.search(ASKED)) == []
    await approve(artifacts, "plotter-smears")
    (found,) = (await knowledge.search(ASKED)).passages
    assert (found.article_id, found.section, found.text) == ("plotter-smears", "What helped", "Clean the head.")
    assert names(await knowledge.search("password")) == ["passwords"]
    async with ContainerClient.from_connection_string(storage, artifacts._name) as container:  # pyright: ignore[reportPrivateUsage]
        await container.delete_blob(f"{ARTICLES}plotter-smears.md")
    assert names(await knowledge.search(ASKED)) == []


async def test_storage_is_looked_at_no_more_often_than_said(artifacts: BlobArtifacts, folder: Path):
    knowledge = EmbeddedKnowledge(Library(folder, artifacts, refresh_s=3600))
    await knowledge.search(ASKED)
    await approve(artifacts, "plotter-smears")
    assert names(await knowledge.search(ASKED)) == []


async def test_an_article_that_cannot_be_read_is_left_out_with_a_line_in_the_log(
    artifacts: BlobArtifacts, folder: Path, caplog: pytest.LogCaptureFixture
):
    await approve(artifacts, "broken", text="no front matter")
    await artifacts.write(f"{ARTICLES}binary.md", b"\xff\xfe\x00")
    await approve(artifacts, "plotter-smears")
    with caplog.at_level(logging.WARNING):
        assert names(await EmbeddedKnowledge(Library(folder, artifacts, refresh_s=0)).search(ASKED)) == [
            "plotter-smears"
        ]
    told = [record.getMessage() for record in caplog.records]
    assert any("broken.md is left out: has no front matter" in line for line in told)
    assert any("binary.md is left out" in line for line in told)


class Interrupted(BlobArtifacts):
    """A storage that can be taken away."""

    is_down = False

    async def versions(self, prefix: str) -> Mapping[str, str]:
        if self.is_down:
            raise Unavailable("storage", "taken away")
        return await super().versions(prefix)


async def test_while_storage_is_down_the_last_known_articles_serve(storage: str, folder: Path):
    artifacts = Interrupted(storage, f"desk-{uuid.uuid4()}")
    await approve(artifacts, "plotter-smears")
    knowledge = EmbeddedKnowledge(Library(folder, artifacts, refresh_s=0))
    await knowledge.search(ASKED)
    artifacts.is_down = True
    assert names(await knowledge.search(ASKED)) == ["plotter-smears"]
    await artifacts.close()


async def test_a_storage_that_never_was_there_costs_seconds_and_no_article_of_the_folder(folder: Path):
    artifacts = BlobArtifacts(UNREACHABLE)
    knowledge = EmbeddedKnowledge(Library(folder, artifacts, refresh_s=3600))
    started = time.monotonic()
    assert names(await knowledge.search("password")) == ["passwords"]
    assert time.monotonic() - started < 10
    await artifacts.close()
