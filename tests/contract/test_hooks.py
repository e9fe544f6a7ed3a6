"""What azd runs before the package is made and after the resources are there, run as azd runs it."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp import web

from adapters.artifacts import BlobArtifacts
from adapters.library import Library
from samples.stack import REPOSITORY
from shared.articles import read_article
from tests.contract.search_wire import TOKEN, SearchWire, search_service
from tests.contract.test_knowledge import ARTICLES, article, library
from tests.contract.test_searched_knowledge import EmbeddingWire

CHECKED_HASH = b"\x03\x00\x00\x00"
"""The flags in a compiled file that is judged by its source's content."""

PREPACKAGE = REPOSITORY / "infra" / "hooks" / "prepackage.sh"
COMPILED = re.search(r"function_app\.py (.+)$", PREPACKAGE.read_text(), re.MULTILINE)
assert COMPILED is not None
PACKAGES = COMPILED[1].split()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """As much of the project as the hook touches, with one line in each package."""
    shutil.copytree(REPOSITORY / "infra" / "hooks", tmp_path / "infra" / "hooks")
    for name in ("requirements.txt", "requirements-dev.txt", "pyproject.toml", "devhost/pyproject.toml",
                 "tests/requirements_in_step.py"):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("SAYS = 'before'\n")
    (tmp_path / "function_app.py").write_text("import shared\n")
    return tmp_path


def prepackage(project: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHON": sys.executable}
    return subprocess.run(
        ["sh", project / "infra/hooks/prepackage.sh"], env=environment, capture_output=True, text=True, check=False
    )


def said_by(project: Path) -> str:
    run = [sys.executable, "-c", "import shared; print(shared.SAYS)"]
    return subprocess.run(run, cwd=project, capture_output=True, text=True, check=True).stdout.strip()


def test_what_was_compiled_by_time_is_compiled_by_content_and_later_edits_count(project: Path):
    subprocess.run([sys.executable, "-m", "compileall", "-q", project / "shared"], check=True)
    assert said_by(project) == "before"
    (compiled,) = (project / "shared" / "__pycache__").iterdir()
    assert compiled.read_bytes()[4:8] != CHECKED_HASH
    assert prepackage(project).returncode == 0
    every = [*(project / name / "__pycache__" for name in PACKAGES), project / "__pycache__"]
    assert all(path.read_bytes()[4:8] == CHECKED_HASH for folder in every for path in folder.iterdir())
    first = compiled.read_bytes()
    assert prepackage(project).returncode == 0
    assert compiled.read_bytes() == first
    (project / "shared" / "__init__.py").write_text("SAYS = 'after!'\n")
    assert said_by(project) == "after!"


def test_requirements_out_of_step_make_no_package(project: Path):
    path = project / "pyproject.toml"
    path.write_text(re.sub(r'"redis==[^"]+"', '"redis==0.0.1"', path.read_text()))
    run = prepackage(project)
    assert run.returncode != 0
    assert "requirements.txt: redis is not 0.0.1" in run.stderr


def test_all_that_is_deployed_is_compiled_and_goes_into_the_package_compiled():
    ignored = (REPOSITORY / ".funcignore").read_text().split()
    deployed = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - set(ignored)
    assert deployed - {"samples"} == set(PACKAGES)
    assert not {"__pycache__", "*.pyc"} & set(ignored)


class Entra(EmbeddingWire):
    """The identity endpoint of an App Service, and the embeddings that only its token opens."""

    async def token(self, request: web.Request) -> web.Response:
        expires = str(int(time.time()) + 3600)
        resource = request.query["resource"]
        return web.json_response(
            {"access_token": TOKEN, "expires_on": expires, "resource": resource, "token_type": "Bearer"}
        )

    async def answer(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        return await super().answer(request)


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[SearchWire]:
    async with search_service(tmp_path) as wire:
        yield wire


@pytest.fixture
async def outputs(tmp_path: Path, wire: SearchWire, storage: str) -> AsyncIterator[dict[str, str]]:
    """What azd gives the hook, on local servers; the storage by its connection, for identities it wants https."""
    entra, app = Entra(), web.Application()
    app.router.add_get("/token", entra.token)
    app.router.add_post("/{path:.*}", entra.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield {
        "AzureWebJobsStorage__blobServiceUri": "https://storage.example.com",
        "AzureWebJobsStorage": storage,
        "AZURE_SEARCH_ENDPOINT": wire.endpoint,
        "AZURE_SEARCH_INDEX": f"faq-{uuid.uuid4().hex}",
        "MODEL_PROVIDER": "azure_openai",
        "AZURE_OPENAI_ENDPOINT": url,
        "AZURE_OPENAI_MODEL": "strong",
        "EMBEDDING_MODEL": "embedding",
        "EMBEDDING_DIMENSIONS": "4",
        "KNOWLEDGE_DIR": str(library(tmp_path / "knowledge", *ARTICLES)),
        "IDENTITY_ENDPOINT": f"{url}/token",
        "IDENTITY_HEADER": uuid.uuid4().hex,
        "SSL_CERT_FILE": wire.certificate,
        "PYTHON": sys.executable,
    }
    await runner.cleanup()


async def run(*command: str | Path, environment: Mapping[str, str]) -> tuple[int, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *map(str, command), env=kept | dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


POSTPROVISION = ("sh", REPOSITORY / "infra" / "hooks" / "postprovision.sh")


async def test_the_index_is_made_as_the_app_has_it_with_approved_articles_and_once(
    wire: SearchWire, outputs: dict[str, str], storage: str
):
    _, written = article("vpn-token", "A VPN token", "vpn", "## Steps\nHold it.")
    artifacts = BlobArtifacts(storage)
    await Library(outputs["KNOWLEDGE_DIR"], artifacts).put(read_article(written))
    await artifacts.close()

    code, said = await run(*POSTPROVISION, environment=outputs)
    assert code == 0, said
    (index,) = wire.indexes.values()
    assert [field["dimensions"] for field in index["fields"] if field.get("dimensions")] == [4]
    assert any("vpn-token" in key or "VPN token" in row.get("title", "") for key, row in wire.rows.items())

    kept, uploaded = dict(wire.rows), wire.uploaded
    code, said = await run(*POSTPROVISION, environment=outputs)
    assert code == 0, said
    assert (wire.rows, wire.uploaded, wire.deleted) == (kept, uploaded, 0)


@pytest.mark.parametrize("missing", ["AzureWebJobsStorage__blobServiceUri", "EMBEDDING_MODEL"])
async def test_an_index_that_would_be_another_is_not_loaded(missing: str, wire: SearchWire, outputs: dict[str, str]):
    code, said = await run(*POSTPROVISION, environment={k: v for k, v in outputs.items() if k != missing})
    assert code != 0
    assert f"{missing}: is an output of azd provision" in said
    assert wire.calls == 0
