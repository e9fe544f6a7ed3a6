"""The health channel: every dependency asked, the one that is down named."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import azure.durable_functions as df
import azure.functions as func

from shared.errors import Unavailable
from shared.model import Model
from triggers.access import STAFF
from triggers.answers import left_out
from triggers.http import json_response
from triggers.identity import caller
from triggers.operations import door
from triggers.services import Services

bp = df.Blueprint()

PATIENCE_S = 5.0


class Health(Model):
    """`checks` and what follows are for staff only: they tell how the desk is built."""

    status: Literal["up", "down"]
    down: tuple[str, ...]
    checks: dict[str, dict[str, Any]] = left_out()
    breakers: tuple[dict[str, Any], ...] = left_out()
    dead_letters: dict[str, Any] = left_out()


@door(bp, answers={200: Health, 503: Health})
async def health(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    checks: dict[str, Callable[[], Awaitable[Any]]] = {
        "durable": lambda: services.instances.state("health"),
        "storage": lambda: services.artifacts.check(),
        "redis": lambda: services.memory.check(),
        "archive": lambda: services.archive.check(),
        "knowledge": lambda: services.knowledge.check(),
    }
    results = await asyncio.gather(*(_ask(check) for check in checks.values()))
    report = dict(zip(checks, results, strict=True))
    down = [name for name, result in report.items() if result["status"] == "down"]
    body: dict[str, Any] = {"status": "down" if down else "up", "down": down}
    if caller().principal.may_enter(STAFF):  # why something is down tells strangers how the desk is built
        body |= {"checks": report, "breakers": await _breakers(services), "dead_letters": await _depth(services)}
    return json_response(body, 503 if down else 200)


async def _breakers(services: Services) -> list[dict[str, Any]]:
    """Circuits that are not simply closed, for information: the desk works around a model that is down."""
    guard = services.models.guard
    return [breaker.model_dump(mode="json") for breaker in await guard.breakers()] if guard else []


async def _depth(services: Services) -> dict[str, Any]:
    """How many dead letters wait, for information: a full list takes nothing down."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return {"depth": await services.dead_letters.depth()}
    except (Unavailable, TimeoutError) as error:
        return {"depth": None, "detail": str(error)[:300]}


async def _ask(check: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
    """Whatever a check raises is its answer: a health report that fails tells nothing."""
    started = time.perf_counter()
    try:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await check()
        except TimeoutError:
            # On a cold start the import of the SDKs can use up the patience before anything was asked.
            async with asyncio.timeout(PATIENCE_S):
                await check()
    except Exception as error:  # noqa: BLE001 the error is the report
        return {"status": "down", "detail": f"{type(error).__name__}: {error}"[:300]}
    return {"status": "up", "latency_ms": round((time.perf_counter() - started) * 1000, 1)}
