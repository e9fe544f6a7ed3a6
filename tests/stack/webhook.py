"""A receiver of the desk's notifications on this machine: keeps what is signed, notes what is not."""

import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.stack.desk import Json, until

SECRET = secrets.token_hex(16)
CLOCK_SKEW_S = 60


@dataclass(slots=True)
class Webhook:
    """What came in. While it is `down`, or about a subject in `down_for`, it hangs up, as one that is down does."""

    url: str = ""
    received: list[Json] = field(default_factory=list[Json])
    forged: list[bytes] = field(default_factory=list[bytes])
    refused: list[Json] = field(default_factory=list[Json])
    down_for: set[str] = field(default_factory=set[str])
    down: bool = False

    def about(self, ticket_id: str) -> list[Json]:
        """Notifications of a ticket in the order they came; a repeat by its id counts once."""
        found = {told["id"]: told for told in list(self.received) if told["ticket_id"] == ticket_id}
        return list(found.values())

    def until(self, ticket_id: str, *events: str) -> list[Json]:
        """Wait until the ticket's notifications begin with these events."""
        return until(
            lambda: self.about(ticket_id),
            lambda told: tuple(item["event"] for item in told[: len(events)]) == events,
        )


@contextmanager
def receiving() -> Generator[Webhook]:
    webhook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told = json.loads(body)
            if webhook.down or told.get("subject") in webhook.down_for:
                webhook.refused.append(told)
                self.close_connection = True
                return
            if _is_signed(self.headers["X-Desk-Timestamp"], self.headers["X-Desk-Signature"], body):
                webhook.received.append(told)
            else:
                webhook.forged.append(body)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """The test says what matters."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        webhook.url = f"http://127.0.0.1:{server.server_port}/desk"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield webhook
        finally:
            server.shutdown()
            thread.join()


def _is_signed(timestamp: str, signature: str, body: bytes) -> bool:
    """HMAC-SHA256 over timestamp, dot and body, and not long ago."""
    expected = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    recent = abs(time.time() - int(timestamp)) < CLOCK_SKEW_S
    return recent and hmac.compare_digest(signature, f"sha256={expected}")
