"""A running desk as its callers know it: HTTP, the queues, and patience with a deadline."""

import json
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from azure.storage.queue import QueueClient, TextBase64DecodePolicy, TextBase64EncodePolicy

from samples.stack import REPOSITORY, Stack, start

type Json = dict[str, Any]

SAMPLES: dict[str, Json] = {
    sample["name"].partition(":")[0]: sample["ticket"]
    for sample in json.loads((REPOSITORY / "samples" / "tickets" / "demo.json").read_text())
}
HAS_ANSWER = ("resolved", "closed", "waiting_for_requester")
PATIENCE_S = 40.0


def sample(name: str = "Easy", **changes: Any) -> Json:
    """The body of a sample ticket, named by the first words of its name; not tied to an external id."""
    plain = {key: value for key, value in SAMPLES[name].items() if key != "external_id"}
    return plain | changes


def until[T](look: Callable[[], T], enough: Callable[[T], bool], patience_s: float = PATIENCE_S) -> T:
    """Look again and again until it is enough; what was last seen otherwise."""
    deadline = time.monotonic() + patience_s
    while not enough(found := look()):
        assert time.monotonic() < deadline, f"after {patience_s:.0f} s it is still {json.dumps(found, default=str)}"
        time.sleep(0.05)
    return found


@dataclass(frozen=True, slots=True)
class Desk:
    """Calls on one desk; `api` is for what has no verb here."""

    stack: Stack
    api: httpx.Client

    def open(self, body: Json | None = None, **changes: Any) -> str:
        """Hand in a ticket; returns its id."""
        answer = self.api.post("/tickets", json=(body or sample()) | changes)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def ticket(self, ticket_id: str) -> Json:
        answer = self.api.get(f"/tickets/{ticket_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until(self, ticket_id: str, enough: Callable[[Json], bool], patience_s: float = PATIENCE_S) -> Json:
        return until(lambda: self.ticket(ticket_id), enough, patience_s)

    def until_status(self, ticket_id: str, *statuses: str) -> Json:
        return self.until(ticket_id, lambda ticket: ticket["status"] in statuses)

    def resolved(self, body: Json | None = None, **changes: Any) -> Json:
        """Hand in a ticket and wait for its answer, and for its episode to end: before, a message joins it."""
        ticket = self.until_status(self.open(body, **changes), *HAS_ANSWER)
        running = {"runtimeStatus": "Running"}
        until(lambda: self.instances(f"ticket-{ticket['id']}-", **running), lambda found: not found)
        return ticket

    def escalated(self, name: str = "Approval", **changes: Any) -> Json:
        """Hand in a ticket that a person has to decide on, and wait until it is with them.

        A test that asserts that its action changed something hands it in for somebody whom no other test changes so.
        """
        return self.until_status(self.open(sample(name, **changes)), "escalated")

    def decide(self, ticket_id: str, decision: str, **more: Any) -> httpx.Response:
        body = {"decision": decision, "by": "operator"} | more
        return self.api.post(f"/tickets/{ticket_id}/decision", json=body)

    def say(self, ticket_id: str, text: str, key: str | None = None, **more: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        body = {"from": "requester", "text": text} | more
        return self.api.post(f"/tickets/{ticket_id}/messages", json=body, headers=headers)

    def batch(self, batch_id: str) -> Json:
        """A batch, whose counts always add up."""
        answer = self.api.get(f"/batches/{batch_id}")
        assert answer.status_code == 200, answer.text
        shown = answer.json()
        assert shown["total"] == sum(shown[kind] for kind in ("resolved", "escalated", "failed", "in_flight"))
        return shown

    def batch_over(self, batch_id: str) -> Json:
        return until(lambda: self.batch(batch_id), lambda shown: shown["status"].startswith("completed"))

    def find(self, **query: Any) -> Json:
        answer = self.api.get("/tickets", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def all_tickets(self) -> Iterator[Json]:
        """The whole list, page by page."""
        page = self.find(limit=200)
        while True:
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            page = self.find(limit=200, cursor=page["next_cursor"])

    def queue(self, name: str) -> QueueClient:
        return QueueClient.from_connection_string(
            self.stack.storage, name,
            message_encode_policy=TextBase64EncodePolicy(), message_decode_policy=TextBase64DecodePolicy(),
        )  # fmt: skip

    def instances(self, prefix: str, **query: Any) -> list[Json]:
        """The durable instances whose ids start so."""
        asked = {"instanceIdPrefix": prefix, "top": 1000} | query
        answer = self.api.get(f"{self.stack.url}/runtime/webhooks/durabletask/instances", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def history(self, instance_id: str) -> list[Json]:
        url = f"{self.stack.url}/runtime/webhooks/durabletask/instances/{instance_id}"
        return self.api.get(url, params={"showHistory": "true"}).json()["historyEvents"]

    def activities(self, instance_id: str) -> list[str]:
        """The names of the activities whose results the instance has, in order."""
        events = self.history(instance_id)
        return [event["FunctionName"] for event in events if event["EventType"] == "TaskCompleted"]


def problem(answer: httpx.Response, status: int) -> Json:
    """The problem an error is answered with; every error is one, and carries the call's correlation id."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert told["correlation_id"] == answer.headers["X-Correlation-ID"]
    return told


@contextmanager
def calling(stack: Stack, caller: httpx.Auth | None = None) -> Generator[Desk]:
    with httpx.Client(base_url=f"{stack.url}/api", timeout=30, auth=caller) as api:
        yield Desk(stack, api)


@contextmanager
def running(folder: Path, settings: dict[str, str], caller: httpx.Auth | None = None) -> Generator[Desk]:
    """A desk of its own with its data in `folder`, stopped at the end."""
    stack = start(folder, settings)
    try:
        with calling(stack, caller) as desk:
            yield desk
    finally:
        assert stack.stop() == 0
