"""Desks of their own to measure: an empty folder, a set model, and an end."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.model_server import Model, model_server
from samples.stack import REPOSITORY, Stack, start

QUIET = {"AzureFunctionsJobHost__logging__logLevel__default": "Warning"}


def workers(count: int) -> dict[str, str]:
    return {"FUNCTIONS_WORKER_PROCESS_COUNT": str(count)}


@contextmanager
def desk(settings: Mapping[str, str], app: Path = REPOSITORY) -> Generator[tuple[Stack, httpx.Client]]:
    """A desk that serves, and a client of its API."""
    with TemporaryDirectory() as folder:
        running = start(Path(folder), settings, app=app)
        try:
            with httpx.Client(base_url=f"{running.url}/api", timeout=60) as api:
                yield running, api
        finally:
            running.stop()


@contextmanager
def thinking_desk(
    settings: Mapping[str, str] | None = None, app: Path = REPOSITORY
) -> Generator[tuple[Stack, httpx.Client, Model]]:
    """A desk whose model takes 200 ms for each answer."""
    with model_server() as model, desk({**model.settings, **(settings or {})}, app) as (running, api):
        yield running, api, model
