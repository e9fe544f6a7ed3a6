"""The watch on a running desk: asking for a cycle, reading it, and where it keeps whose turn it is."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from azure.storage.blob import BlobServiceClient

from tests.stack.desk import Desk, Json, until

TASKS = ["collect", "analyse", "report", "alert"]
ARTIFACTS = ["collection.json", "analysis.json", "daily_brief.md", "alerts.json", "results.json"]


def ask(desk: Desk, topic: str | None = None, key: str | None = None) -> httpx.Response:
    body = {} if topic is None else {"topic": topic}
    return desk.api.post("/watch", json=body, headers={"Idempotency-Key": key} if key else {})


def started(desk: Desk, topic: str | None = None) -> str:
    answer = ask(desk, topic)
    assert answer.status_code == 202, answer.text
    return answer.json()["cycle_id"]


def record(desk: Desk, cycle: str) -> Json:
    answer = desk.api.get(f"/watch/cycles/{cycle}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def over(desk: Desk, cycle: str) -> Json:
    """The record once the cycle's task has ended: only then may another begin."""
    until(lambda: desk.api.get(f"/task/{cycle}").json(), lambda shown: shown["status"] in ("completed", "failed"))
    return until(lambda: record(desk, cycle), lambda found: found["status"] != "running")


def cycles(desk: Desk) -> list[Json]:
    return desk.api.get("/watch/cycles").json()["items"]


def artifact(desk: Desk, cycle: str, name: str) -> httpx.Response:
    return desk.api.get(f"/watch/cycles/{cycle}/artifacts/{name}")


def make_due(desk: Desk, ago: timedelta) -> datetime:
    """As if the desk had been down since a while before the next cycle was due."""
    due_at = datetime.now(UTC) - ago
    with BlobServiceClient.from_connection_string(desk.stack.storage) as storage:
        blob = storage.get_blob_client("desk", "watch/state.json")
        until(blob.exists, bool)
        known: Any = json.loads(blob.download_blob().readall())
        blob.upload_blob(json.dumps(known | {"due_at": due_at.isoformat()}), overwrite=True)
    return due_at
